import { limits } from "../limits.ts";
import type { SourceFormat } from "./image-info.ts";
import { detectFormat } from "./magic.ts";
import { probeAvif } from "./probe-avif.ts";
import { probeGif } from "./probe-gif.ts";
import { probeJpeg } from "./probe-jpeg.ts";
import { probePng } from "./probe-png.ts";
import { probeWebp } from "./probe-webp.ts";
import { corrupt, more, refused, unsupported, type Probe } from "./probe-answer.ts";

/**
 * What a picture's first bytes say of it. `complete` means that `head` is the whole file. The answer
 * is `more` only while neither the file nor `limits.headBytesMax` has been reached.
 *
 * Never throws, decodes, inflates or allocates by what the file claims; time is linear in the bytes
 * looked at. A longer head never contradicts an answer already given. It may complete one in two
 * fields, which these formats keep behind the pixels: `frames` of GIF and WebP (0 until counted to
 * the end) and `orientation` of WebP (1 until its EXIF chunk is seen).
 */
export function probe(head: Uint8Array, complete: boolean): Probe {
  if (!complete && head.length < limits.magicBytesMax) return more;
  const detection = detectFormat(head);
  if (!detection.format) return unsupported(detection.detected);

  const front = head.subarray(0, limits.headBytesMax);
  const answer = headerProbes[detection.format](front, head);
  if (answer.kind !== "more") return answer;
  if (head.length >= limits.headBytesMax) {
    return corrupt(`The first ${front.length} bytes do not say how large the picture is`);
  }
  if (!complete) return more;
  return refused({
    reason: "truncated_image",
    detail: `The file ends after ${head.length} bytes, inside its header`,
  });
}

/** `front` is where a header must be; `head`, all the bytes given, is for what WebP keeps at its end. */
type HeaderProbe = (front: Uint8Array, head: Uint8Array) => Probe;

const headerProbes: Record<SourceFormat, HeaderProbe> = {
  jpeg: probeJpeg,
  png: probePng,
  webp: probeWebp,
  gif: probeGif,
  avif: probeAvif,
};
