import { limits } from "../limits.ts";
import type { PictureHeader } from "./header.ts";
import type { Refusal } from "./refusal.ts";

/** What one format's header says. `more`: nothing is wrong so far, and the answer lies in later bytes. */
export type HeaderAnswer = { readonly kind: "image"; readonly info: PictureHeader } | NoAnswer;

export type NoAnswer =
  | { readonly kind: "more" }
  | { readonly kind: "refused"; readonly refusal: Refusal };

export const more: NoAnswer = { kind: "more" };
export const image = (info: PictureHeader): HeaderAnswer => ({ kind: "image", info });
export const refused = (refusal: Refusal): NoAnswer => ({ kind: "refused", refusal });

/** `detail` is a clause without a full stop: what the bytes contradict. */
export const corrupt = (detail: string): NoAnswer => refused({ reason: "corrupt_image", detail });

/** `detected` is a noun phrase with its article: "a TIFF picture". */
export const unsupported = (detected?: string): NoAnswer =>
  refused({ reason: "unsupported_format", detected });

/**
 * Refuses a size that is nothing or above a limit. Every size a decoder might allocate for has to
 * pass here, not only the one that the picture is shown at.
 */
export function refuseSize(width: number, height: number): NoAnswer | undefined {
  if (width === 0 || height === 0) {
    return corrupt(`The header says ${width} × ${height} pixels`);
  }
  if (Math.max(width, height) <= limits.sourceSideMax && width * height <= limits.sourcePixelsMax) {
    return undefined;
  }
  const pixelsMax = limits.sourcePixelsMax / 1e6;
  return refused({
    reason: "image_too_large",
    detail: `The picture is ${width} × ${height} pixels; a side may have ${limits.sourceSideMax} and the whole ${pixelsMax} million.`,
    width,
    height,
  });
}
