import { limits } from "../limits.ts";
import type { SourceFormat } from "./image-info.ts";
import { detectFormat } from "./magic.ts";
import { probeAvif } from "./probe-avif.ts";
import { probeGif } from "./probe-gif.ts";
import { probeJpeg } from "./probe-jpeg.ts";
import { probePng } from "./probe-png.ts";
import { probeWebp } from "./probe-webp.ts";
import { more, refused, unsupported, type Probe } from "./probe-answer.ts";

/**
 * What a picture's first bytes say of it. `complete` means that `head` is the whole file; only then
 * is the answer never `more`.
 *
 * Never throws, decodes, inflates or allocates by what the file claims; time is linear in `head`.
 * A longer head never contradicts an answer already given. It may complete one in two fields, which
 * these formats keep behind the pixels: `frames` of GIF and WebP (0 until counted to the end) and
 * `orientation` of WebP (1 until its EXIF chunk is seen).
 */
export function probe(head: Uint8Array, complete: boolean): Probe {
  if (!complete && head.length < limits.magicBytesMax) return more;
  const detection = detectFormat(head);
  if (!detection.format) return unsupported(detection.detected);

  const answer = headerProbes[detection.format](head);
  if (answer.kind !== "more" || !complete) return answer;
  return refused({
    reason: "truncated_image",
    detail: `The file ends after ${head.length} bytes, inside its header`,
  });
}

const headerProbes: Record<SourceFormat, (head: Uint8Array) => Probe> = {
  jpeg: probeJpeg,
  png: probePng,
  webp: probeWebp,
  gif: probeGif,
  avif: probeAvif,
};
