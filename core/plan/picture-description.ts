import { rgbaToThumbHash } from "thumbhash";
import { formatCssColour } from "../transform/css-colour.ts";
import type { Size } from "../image/size.ts";
import { dominantColour } from "./dominant-colour.ts";
import type { Orientation } from "../image/header.ts";
import { uprightSize, type ImageInfo } from "../image/image-info.ts";
import { mediaType } from "../image/formats.ts";

/** What `format=json` answers. The fields that Cloudflare Images also gives have its names. */
export interface PictureDescription {
  /** Width of the rendition that the other options make. */
  readonly width: number;
  readonly height: number;
  /** `#rrggbb`; null where nothing of the rendition is visible. */
  readonly dominant_color: string | null;
  /** A ThumbHash of the rendition in base64: about 25 bytes, from which a blurred preview is drawn. */
  readonly thumbhash: string;
  readonly original: {
    readonly file_size: number;
    /** As a person sees it, orientation applied. */
    readonly width: number;
    readonly height: number;
    readonly format: string;
    /** EXIF orientation as stored, 1–8. */
    readonly orientation: Orientation;
  };
}

/** The rendition made small: at most 100 pixels a side (`previewSize`), straight alpha, row by row. */
export interface Preview extends Size {
  readonly rgba: Uint8Array;
}

/** `rendition`: the size of the canvas; `sourceBytes`: the length of the source's file. */
export function describePicture(
  source: ImageInfo,
  sourceBytes: number,
  rendition: Size,
  preview: Preview,
): PictureDescription {
  const colour = dominantColour(preview.rgba);
  return {
    width: rendition.width,
    height: rendition.height,
    dominant_color: colour ? formatCssColour(colour) : null,
    thumbhash: base64(rgbaToThumbHash(preview.width, preview.height, preview.rgba)),
    original: {
      file_size: sourceBytes,
      ...uprightSize(source),
      format: mediaType(source.format),
      orientation: source.orientation,
    },
  };
}

const base64 = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes));
