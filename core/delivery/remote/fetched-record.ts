import * as z from "zod/mini";
import { limits } from "../../limits.ts";
import type { ImageInfo } from "../../image/image-info.ts";
import { parseInfo, serializeInfo } from "../../image/stored-info.ts";
import type { Validators } from "./freshness.ts";

/** What is known of a URL that was fetched. Its picture lies under the hash of its bytes. */
export interface FetchedRecord extends Validators {
  /** SHA-256 of the bytes, in hex. */
  readonly hash: string;
  readonly bytes: number;
  readonly info: ImageInfo;
  /** The URL that answered, after redirects. */
  readonly from: string;
  /** Epoch milliseconds: when the bytes were put, and until when the origin is not asked again. */
  readonly storedAt: number;
  readonly freshUntil: number;
}

/** Whether R2's lifecycle leaves the bytes there for as long as this record may be fresh. */
export const isKept = ({ storedAt }: FetchedRecord, now: number): boolean =>
  now < storedAt + limits.fetchedMillis;

export const serializeRecord = ({ info, ...rest }: FetchedRecord): string =>
  JSON.stringify({ v: 1, ...rest, info: serializeInfo(info) });

/** Null for what this version cannot read: it is fetched again. */
export function parseRecord(text: string): FetchedRecord | null {
  try {
    const record = recordSchema.safeParse(JSON.parse(text)).data;
    const info = parseInfo(record?.info);
    return record && info ? { ...record, info } : null;
  } catch {
    return null;
  }
}

const recordSchema = z.object({
  v: z.literal(1),
  hash: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
  bytes: z.int(),
  info: z.string(),
  from: z.url(),
  etag: z.nullable(z.string()),
  lastModified: z.nullable(z.string()),
  storedAt: z.int(),
  freshUntil: z.int(),
});
