import { viewOf } from "../../../core/image/bytes.ts";
import { readChunks } from "./demux.ts";

/** `EXIF` chunks. Behind the end that RIFF states anything may follow. */
export function* exifInWebp(source: Uint8Array): Generator<Uint8Array> {
  if (source.length < 12) return;
  const chunks = readChunks(source.subarray(12, 8 + viewOf(source).getUint32(4, true)));
  if (!chunks.ok) return;
  for (const { type, data } of chunks.value) if (type === "EXIF") yield data;
}
