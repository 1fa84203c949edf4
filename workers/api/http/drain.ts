import { limits } from "../../../core/limits.ts";
import { within } from "../../../core/deadline.ts";

/**
 * Reads what is left of a body and keeps nothing of it. A client that is still sending when the refusal
 * comes sees a broken connection instead of the answer, so it is heard out first, as long as it goes on
 * sending; one that waits for the answer before it sends gets it at once.
 */
export async function drain(rest: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
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
    // The client is gone, and with it the reason to listen.
  }
}

/** A body that nobody has begun to read. One that is too long, or does not say how long, is not heard out. */
export async function drainUnread({ body, bodyUsed, headers }: Request): Promise<void> {
  if (!body || bodyUsed) return;
  const bytes = Number(headers.get("Content-Length") ?? Infinity);
  if (bytes <= limits.sourceBytesMax) await drain(body.getReader());
  else await body.cancel().catch(() => undefined);
}
