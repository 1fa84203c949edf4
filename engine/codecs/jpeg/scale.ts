/**
 * A fraction of its size at which a JPEG can be decoded, in eighths: the inverse DCT leaves out the
 * frequencies that a smaller picture cannot show, so most of the work is never done.
 */
export type JpegScale = 1 | 2 | 4 | 8;

/** A side at that scale, as libjpeg rounds it. */
export function scaledSide(side: number, scale: JpegScale): number {
  return Math.ceil((side * scale) / 8);
}
