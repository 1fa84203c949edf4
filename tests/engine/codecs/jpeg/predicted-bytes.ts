import { formats } from "../../../../core/image/formats.ts";
import { probe } from "../../../../core/image/probe.ts";
import { scaledSide, type JpegScale } from "../../../../engine/codecs/jpeg/scale.ts";

/** Of decoder and bitmap; 0 for a file that the probe refuses. */
export function predictedBytes(file: Uint8Array, scale: JpegScale): number {
  const answer = probe(file, true);
  if (answer.kind !== "image") return 0;
  const { width, height } = answer.info;
  const bitmap = 4 * scaledSide(width, scale) * scaledSide(height, scale);
  return bitmap + formats.jpeg.source.memory(answer.info, 8 / scale, file.length).wasm;
}
