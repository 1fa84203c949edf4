/**
 * Where buffers come from: one after the other from the start of the heap, for one picture. An instance of
 * this module decodes one picture and is thrown away, so all memory is zero when it is first given out.
 */

/** Behind every buffer, so that vectors may be read and written across its end. */
export const SLACK: usize = 32;

let top: usize = (__heap_base + 15) & ~15;
let limit: usize = 0;
/** How much memory the first refused request would have needed in all. */
let refused: u64 = 0;

/** The most that all memory may come to; `reserve` refuses beyond it. */
export function setMemoryLimit(bytes: usize): void {
  limit = bytes;
}

/** The address of `bytes` bytes, a multiple of 16. 0 where there is no room, and from then on always. */
export function reserve(bytes: u64): usize {
  const end = (top as u64) + ((bytes + SLACK + 15) & ~15);
  if (end > (limit as u64)) return refuse(end);
  const missing = (((end + 0xffff) >> 16) as i32) - memory.size();
  if (missing > 0 && memory.grow(missing) < 0) return refuse(end);
  const at = top;
  top = end as usize;
  return at;
}

/** Nothing more is given out; `bytes` more would have been needed. */
export function refuseMore(bytes: u64): void {
  refuse((top as u64) + bytes);
}

function refuse(bytes: u64): usize {
  if (refused == 0) refused = bytes;
  limit = 0;
  return 0;
}

/** How much memory the first refusal was about. */
export function bytesRefused(): f64 {
  return refused as f64;
}

/** Gives back what follows the first `bytes` bytes at `at`, the last buffer reserved. */
export function trim(at: usize, bytes: usize): void {
  top = (at + bytes + SLACK + 15) & ~15;
}
