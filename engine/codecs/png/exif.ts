import { limits } from "../../../core/limits.ts";
import { PNG_SIGNATURE, readChunk } from "./chunks.ts";

/** `eXIf` chunks. */
export function* exifInPng(source: Uint8Array): Generator<Uint8Array> {
  let at = PNG_SIGNATURE.length;
  for (let walked = 0; walked < limits.sourceChunksMax; walked++) {
    const chunk = readChunk(source, at);
    if (!chunk.ok || chunk.value.type === "IEND") return;
    if (chunk.value.type === "eXIf") yield chunk.value.data;
    at = chunk.value.next;
  }
}
