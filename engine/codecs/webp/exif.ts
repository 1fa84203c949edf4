import { readChunks } from "./demux.ts";
import { uint32 } from "./riff.ts";

/** `EXIF` chunks. Behind the end that RIFF states anything may follow. */
export function* exifInWebp(source: Uint8Array): Generator<Uint8Array> {
  const chunks = readChunks(source.subarray(12, 8 + uint32(source, 4)));
  if (!chunks.ok) return;
  for (const { type, data } of chunks.value) if (type === "EXIF") yield data;
}
