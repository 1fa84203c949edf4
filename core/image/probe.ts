import { limits } from "../limits.ts";
import { formats } from "./formats.ts";
import type { ImageInfo } from "./image-info.ts";
import { detectFormat } from "./magic.ts";
import { corrupt, more, refused, unsupported, type NoAnswer } from "./probe-answer.ts";

export type Probe = { readonly kind: "image"; readonly info: ImageInfo } | NoAnswer;

/**
 * What a picture's first bytes say of it. `complete` means that `head` is the whole file. The answer
 * is `more` only before the end of the file and before `limits.headBytesMax`.
 *
 * Never throws, decodes, inflates or allocates by what the file claims; time is linear in the bytes
 * looked at. A longer head never contradicts an answer already given. It may complete one in two
 * fields, which these formats keep behind the pixels: `frames` of GIF and WebP (0 until counted to
 * the end) and `orientation` of WebP (1 until its EXIF chunk is seen).
 */
export function probe(head: Uint8Array, complete: true): Exclude<Probe, { kind: "more" }>;
export function probe(head: Uint8Array, complete: boolean): Probe;
export function probe(head: Uint8Array, complete: boolean): Probe {
  if (!complete && head.length < limits.magicBytesMax) return more;
  const detection = detectFormat(head);
  if (!detection.format) return unsupported(detection.detected);

  const front = head.subarray(0, limits.headBytesMax);
  const answer = formats[detection.format].source.probe(front, head);
  if (answer.kind === "image") {
    return { kind: "image", info: { format: detection.format, ...answer.info } };
  }
  if (answer.kind === "refused") return answer;
  if (head.length >= limits.headBytesMax) {
    return corrupt(`The first ${front.length} bytes do not say how large the picture is`);
  }
  if (!complete) return more;
  return refused({
    reason: "truncated_image",
    detail: `The file ends after ${head.length} bytes, inside its header`,
  });
}
