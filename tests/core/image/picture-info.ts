import type { ImageInfo } from "../../../core/image/image-info.ts";

/** What the probe says of a plain opaque JPEG of 1600 × 1200, but for what a test is about. */
export const pictureInfo = (about: Partial<ImageInfo> = {}): ImageInfo => ({
  format: "jpeg",
  width: 1600,
  height: 1200,
  orientation: 1,
  hasAlpha: false,
  frames: 1,
  bitDepth: 8,
  progressive: false,
  colour: "rgb",
  lossless: about.format === "png" || about.format === "gif",
  samplesPerPixel: (about.format ?? "jpeg") === "jpeg" ? 1.5 : 0,
  hasIcc: false,
  ...about,
});
