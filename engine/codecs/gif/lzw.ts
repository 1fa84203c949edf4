import type { Refusal } from "../../../core/image/refusal.ts";

export interface Inflated {
  readonly indices: Uint8Array;
  /** Why there are fewer than asked for, where that is not simply how the codes end. */
  readonly damage?: Refusal;
}

/** Codes have at most 12 bits (GIF89a, appendix F). */
const CODES_MAX = 4096;

/**
 * Up to `count` palette indices from variable-length LZW codes of a `codeBits` alphabet. What follows the last index
 * is ignored. Codes that end sooner give fewer, since libvips shows what there is; a code that cannot exist yet ends
 * them too, and is reported as damage. So is an end where a run must begin, at the start or behind a clear code:
 * neither libvips nor Firefox shows such a picture.
 */
export function inflateLzw(codes: Uint8Array, codeBits: number, count: number): Inflated {
  const output = new Uint8Array(count);
  const clear = 1 << codeBits;
  const end = clear + 1;
  // Each code stands for a run that was already written: where it began, and how long it is.
  const starts = new Uint32Array(CODES_MAX);
  const lengths = new Uint32Array(CODES_MAX);
  let next = end + 1;
  let width = codeBits + 1;
  let bits = 0;
  let bitCount = 0;
  let at = 0;
  let written = 0;
  let previousStart = 0;
  let previousLength = 0;

  while (written < count) {
    while (bitCount < width) {
      if (at >= codes.length) return { indices: output.subarray(0, written) };
      bits |= (codes[at++] ?? 0) << bitCount;
      bitCount += 8;
    }
    const code = bits & ((1 << width) - 1);
    bits >>>= width;
    bitCount -= width;

    if (code === clear) {
      next = end + 1;
      width = codeBits + 1;
      previousLength = 0;
      continue;
    }
    if (code === end && previousLength > 0) break;
    if (code === end || code > next || (code === next && previousLength === 0))
      return { indices: output.subarray(0, written), damage: unknownCode };

    // A new code is the run before this one and this one's first index, which follow each other in the
    // output: so the code now being defined may already be the one that is read.
    if (previousLength > 0 && next < CODES_MAX) {
      starts[next] = previousStart;
      lengths[next] = previousLength + 1;
      next++;
      if (next === 1 << width && width < 12) width++;
    }

    previousStart = written;
    if (code < clear) {
      output[written++] = code;
      previousLength = 1;
      continue;
    }
    const from = starts[code] ?? 0;
    const length = lengths[code] ?? 0;
    const stop = Math.min(written + length, count);
    for (let source = from; written < stop;) output[written++] = output[source++] ?? 0;
    previousLength = length;
  }
  return { indices: output.subarray(0, written) };
}

const unknownCode: Refusal = {
  reason: "corrupt_image",
  detail: "an LZW code before its time",
};
