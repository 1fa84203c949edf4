/** EXIF orientation, 1–8 (CIPA DC-008, tag 0x0112); 1 where the file says nothing sensible. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

/** What a header says of a picture, before a single pixel is decoded. */
export interface PictureHeader {
  /** Pixels as stored, before orientation is applied. */
  readonly width: number;
  readonly height: number;
  readonly orientation: Orientation;
  readonly hasAlpha: boolean;
  /** 0 where the format does not say without decoding. */
  readonly frames: number;
  readonly bitDepth: number;
  /** JPEG: coefficients of the whole picture must be held. PNG: Adam7 interlace. AVIF: several layers. */
  readonly progressive: boolean;
  readonly colour: "grey" | "rgb" | "cmyk" | "palette";
  /** False where decoding gives other pixels than were encoded: JPEG, AVIF, lossy WebP. */
  readonly lossless: boolean;
  /** JPEG, AVIF: stored samples of all components, 3 at 4:4:4, 1.5 at 4:2:0. 0 elsewhere and where unknown. */
  readonly samplesPerPixel: number;
  /** AVIF, HEIC: of the largest part that is coded on its own, where a picture is a grid of such. */
  readonly partPixels?: number;
  /** Height of the highest of those parts. */
  readonly partHeight?: number;
  readonly hasIcc: boolean;
}
