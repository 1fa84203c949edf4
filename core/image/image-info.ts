import type { SourceFormat } from "./formats.ts";
import type { PictureHeader } from "./header.ts";

/** A picture's header and the format that it is in. */
export interface ImageInfo extends PictureHeader {
  readonly format: SourceFormat;
}

/** The picture's size as a person sees it: orientations 5–8 turn it by a quarter. */
export function uprightSize(info: Pick<ImageInfo, "width" | "height" | "orientation">): {
  width: number;
  height: number;
} {
  return info.orientation >= 5
    ? { width: info.height, height: info.width }
    : { width: info.width, height: info.height };
}
