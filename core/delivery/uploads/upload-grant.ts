import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import * as z from "zod/mini";
import { sourceFormats, titlesOf } from "../../image/formats.ts";
import { limits } from "../../limits.ts";
import { problem, type Problem } from "../../problem.ts";
import { uploadGrantsPrefix } from "../storage-prefixes.ts";

/** What an upload address allows: one picture, sent with the address's token instead of a key. */
export type UploadGrant = Readonly<z.infer<typeof grantSchema>>;
const grantSchema = z.object({
  v: z.literal(1),
  /** SHA-256 of the API key that made it, in hex: the address works while that key does. */
  keyHash: z.string(),
  /** Epoch milliseconds. */
  expiresAt: z.int(),
  bytesMax: z.int(),
  formats: z.array(z.enum(sourceFormats)),
  /** The picture that it was used for; null: none yet. */
  used: z.nullable(z.object({ sha256: z.string(), bytes: z.int() })),
});

/** A picture as far as a grant is concerned. */
export type UsedFor = NonNullable<UploadGrant["used"]>;

/** What the tenant asks for when it makes an address. */
export const createUploadSchema = z.strictObject({
  expiresInSeconds: z._default(
    z
      .int()
      .check(
        z.minimum(1),
        z.maximum(limits.uploadAddressSecondsMax),
        z.meta({ description: "How long the address works." }),
      ),
    limits.uploadAddressSecondsDefault,
  ),
  bytesMax: z.optional(
    z
      .int()
      .check(
        z.minimum(1),
        z.maximum(limits.sourceBytesMax),
        z.meta({ description: "Largest picture, in bytes. Default: what the plan allows." }),
      ),
  ),
  formats: z.optional(
    z
      .array(z.enum(sourceFormats))
      .check(
        z.minLength(1),
        z.maxLength(sourceFormats.length),
        z.meta({ description: "Accepted formats, detected from the bytes. Default: all." }),
      ),
  ),
});

export const uploadTokenBytes = 20;

/** 160 bits cannot be guessed. */
export const uploadToken = (randomBytes: Uint8Array): string => `upl_${bytesToHex(randomBytes)}`;

export const uploadTokenPattern = /^upl_[0-9a-f]{40}$/;

/** Where a grant lies in R2. The token itself is not stored. */
export const grantKey = (tenant: string, token: string): string =>
  `${uploadGrantsPrefix(tenant)}${bytesToHex(sha256(utf8ToBytes(token)))}`;

export const serializeGrant = (grant: UploadGrant): string => JSON.stringify(grant);

/** Null for one that this version cannot read. */
export function parseGrant(text: string): UploadGrant | null {
  try {
    return grantSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/** Whether the grant was used for another picture. The same one may be sent again: its answer may have been lost. */
export const isUsedForAnother = ({ used }: UploadGrant, picture: UsedFor): boolean =>
  used !== null && used.sha256 !== picture.sha256;

/** What is wrong with a picture that has this many bytes and, where it is known, this format; null: nothing. */
export function refuseForGrant(
  { bytesMax, formats }: UploadGrant,
  bytes: number,
  format?: UploadGrant["formats"][number],
): Problem | null {
  if (bytes > bytesMax) {
    const detail = `The picture has ${bytes} bytes; this address takes at most ${bytesMax}. Send a smaller picture.`;
    return problem("body-too-large", detail);
  }
  if (format === undefined || formats.includes(format)) return null;
  const detail = `This upload address takes ${titlesOf(formats, "or")}.`;
  return problem("unsupported-format", detail);
}
