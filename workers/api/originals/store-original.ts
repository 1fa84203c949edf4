import { bytesToHex } from "@noble/hashes/utils.js";
import { ulid } from "ulid";
import {
  originalId,
  originalKey,
  serializeInfo,
  type Original,
} from "../../../core/delivery/original.ts";
import { parseSwitchedOn, refuseSwitchedOff } from "../../../core/image/optional-formats.ts";
import { mediaType } from "../../../core/image/formats.ts";
import { uprightSize } from "../../../core/image/image-info.ts";
import type { Identity } from "../../../core/identity/standing.ts";
import { jobId } from "../../../core/job/job-id.ts";
import { sourceKey } from "../../../core/job/picture-key.ts";
import { overPlan } from "../../../core/ledger/admission.ts";
import { limits } from "../../../core/limits.ts";
import { problem, refusalProblem, type Problem } from "../../../core/problem.ts";
import { err, ok, type Result } from "../../../core/result.ts";
import { drain } from "../http/drain.ts";
import { homeOf, homePictures } from "../regions.ts";
import type { Call } from "../route.ts";
import type { Picture } from "../upload/picture.ts";
import { storeSource } from "../upload/store-source.ts";

export interface StoredOriginal {
  readonly original: Original;
  /** False: the tenant had stored these bytes before. */
  readonly isNew: boolean;
}

/**
 * Stores a picture under the hash of its bytes, once for a tenant. One that is held is hashed first; of a
 * longer one the hash is known only when all of it has come, so it goes to a place of its own before.
 */
export async function storeOriginal(
  call: Call,
  identity: Identity,
  picture: Picture,
): Promise<Result<StoredOriginal, Problem>> {
  const refused = refuseHeader(call, identity, picture);
  if (refused) {
    if (picture.rest) await drain(picture.rest);
    return err(refused);
  }
  try {
    return picture.rest
      ? await storeLong(call, identity, picture)
      : ok(await putOnce(call, identity.tenant, picture.info, await heldBytes(picture.head)));
  } catch (cause) {
    console.error({ event: "original-not-stored", cause: String(cause) });
    return err(notStored);
  }
}

/** What the header alone forbids, before anything is stored. */
function refuseHeader(
  { env }: Call,
  { limits: granted }: Identity,
  { info, bytesMax }: Picture,
): Problem | null {
  const refusal = refuseSwitchedOff(info.format, parseSwitchedOn(env.OPTIONAL_FORMATS));
  if (refusal) return refusalProblem(refusal);
  return overPlan(granted, { bytes: bytesMax, ...uprightSize(info) });
}

interface Body {
  readonly sha256: string;
  readonly bytes: number;
  readonly content: Uint8Array<ArrayBuffer> | ReadableStream;
}

async function heldBytes(content: Uint8Array<ArrayBuffer>): Promise<Body> {
  const digest = await crypto.subtle.digest("SHA-256", content);
  return { sha256: hex(digest), bytes: content.length, content };
}

/** By way of a source without a job: if this ends in between, the ledger removes it as it does any such. */
async function storeLong(
  call: Call,
  { tenant }: Identity,
  picture: Picture,
): Promise<Result<StoredOriginal, Problem>> {
  const bucket = homePictures(call.env);
  const passing = sourceKey(tenant, jobId(homeOf(call.env), 0, ulid()));
  const stored = await storeSource(bucket, passing, picture, true);
  if (!stored.ok) return stored;
  try {
    const { bytes, digest } = stored.value;
    const object = await bucket.get(passing);
    if (!object || !digest) return err(notStored);
    const body = { sha256: hex(digest), bytes, content: object.body };
    return ok(await putOnce(call, tenant, picture.info, body));
  } finally {
    call.ctx.waitUntil(bucket.delete(passing));
  }
}

async function putOnce(
  { env }: Call,
  tenant: string,
  info: Original["info"],
  { sha256, bytes, content }: Body,
): Promise<StoredOriginal> {
  const id = originalId(sha256);
  const key = originalKey(tenant, id);
  const bucket = homePictures(env);
  const put = await bucket.put(key, content, {
    onlyIf: { etagDoesNotMatch: "*" },
    httpMetadata: { contentType: mediaType(info.format) },
    customMetadata: { info: serializeInfo(info) },
  });
  const object = put ?? (await bucket.head(key));
  const storedAt = object?.uploaded.getTime() ?? Date.now();
  return { original: { id, bytes, info, storedAt }, isNew: put !== null };
}

const hex = (digest: ArrayBuffer) => bytesToHex(new Uint8Array(digest));

const notStored = problem(
  "unavailable",
  "The picture could not be stored now. Send it again: the same bytes are stored once.",
  { retryAfterMillis: limits.busyRetryMillis },
);
