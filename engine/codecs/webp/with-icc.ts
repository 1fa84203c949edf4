import { readWebp } from "./container.ts";
import { extendedHeader, flags, fourCc, riff, riffChunk } from "./riff.ts";

/** The same picture with a colour profile in its container. */
export function withIcc(file: Uint8Array, icc: Uint8Array): Uint8Array {
  const read = readWebp(file);
  if (!read.ok) throw new Error("an encoder's own output is not a WebP");
  const { canvas, hasAlpha } = read.value;
  const isExtended = fourCc(file, 12) === "VP8X";
  const rest = file.subarray(isExtended ? 30 : 12);
  return riff([
    extendedHeader(canvas, flags.icc | (hasAlpha ? flags.alpha : 0)),
    riffChunk("ICCP", icc),
    rest,
  ]);
}
