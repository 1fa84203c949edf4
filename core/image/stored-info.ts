import * as z from "zod/mini";
import { sourceFormats } from "./formats.ts";
import type { ImageInfo } from "./image-info.ts";

/**
 * What a picture's header says, kept as R2 metadata of its bytes, so that a rendition can be planned without
 * reading them. Null: written by a version that kept other fields; the header has to be read.
 */
export function parseInfo(text: string | undefined): ImageInfo | null {
  try {
    const info = infoSchema.safeParse(JSON.parse(text ?? ""));
    return info.success ? (info.data as ImageInfo) : null;
  } catch {
    return null;
  }
}

export const serializeInfo = (info: ImageInfo): string => JSON.stringify(info);

const infoSchema = z.looseObject({
  format: z.enum(sourceFormats),
  width: z.int(),
  height: z.int(),
  orientation: z.int().check(z.minimum(1), z.maximum(8)),
  hasAlpha: z.boolean(),
  frames: z.int(),
  bitDepth: z.int(),
  progressive: z.boolean(),
  colour: z.enum(["grey", "rgb", "cmyk", "palette"]),
  lossless: z.boolean(),
  samplesPerPixel: z.number(),
  hasIcc: z.boolean(),
});
