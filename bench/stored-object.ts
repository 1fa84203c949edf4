import { createHash } from "node:crypto";
import type { BooksBucket } from "../workers/billing/json-store.ts";

/** What a bucket answers for these bytes. */
export const storedObject = (
  bytes: Uint8Array,
): NonNullable<Awaited<ReturnType<BooksBucket["get"]>>> => ({
  etag: etagOf(bytes),
  size: bytes.length,
  body: { cancel: async () => undefined },
  arrayBuffer: async () => Uint8Array.from(bytes).buffer,
  json: async <Value>() => JSON.parse(new TextDecoder().decode(bytes)) as Value,
});

export const etagOf = (bytes: Uint8Array): string => createHash("md5").update(bytes).digest("hex");
