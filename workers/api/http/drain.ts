import { limits } from "../../../core/limits.ts";
import { within } from "../../../core/deadline.ts";
import { chunkReader, type ChunkReader } from "./chunk-reader.ts";

/**
 * Reads the rest of a body and discards it. A client that is still sending when we answer would see a reset
 * connection instead of our error, so we read on while it keeps sending. A client that waits for the answer
 * gets it at once.
 */
export async function drain(rest: ChunkReader): Promise<void> {
  const deadline = Date.now() + limits.drainMillisMax;
  try {
    for (let left: number = limits.sourceBytesMax; left > 0 && Date.now() < deadline;) {
      const next = await within(globalThis, limits.drainIdleMillisMax, rest.read());
      if (!next.ok) break;
      if (next.value.done) return;
      left -= next.value.value.length;
    }
    await rest.cancel();
  } catch {
    // The client is gone.
  }
}

/** Drains a body that was not read. Bodies that are too long or of unknown length are cancelled. */
export async function drainUnread({ body, bodyUsed, headers }: Request): Promise<void> {
  if (!body || bodyUsed) return;
  const bytes = Number(headers.get("Content-Length") ?? Infinity);
  if (bytes <= limits.sourceBytesMax) await drain(chunkReader(body));
  else await body.cancel().catch(() => undefined);
}
