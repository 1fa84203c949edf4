import type { Residence } from "../../../core/fleet/routing.ts";
import { bytesToHex } from "@noble/hashes/utils.js";
import { ulid } from "ulid";
import { serializeInfo } from "../../../core/image/stored-info.ts";
import { parseSwitchedOn, refuseSwitchedOff } from "../../../core/image/optional-formats.ts";
import { mediaType } from "../../../core/image/formats.ts";
import { uprightSize } from "../../../core/image/image-info.ts";
import type { TenantLimits } from "../../../core/identity/tenant-limits.ts";
import { jobId } from "../../../core/job/job-id.ts";
import { sourceKey } from "../../../core/job/picture-key.ts";
import { overPlan } from "../../../core/ledger/admission.ts";
import { limits } from "../../../core/limits.ts";
import { refusalProblem } from "../../../core/image/refusal-problem.ts";
import { problem, type Problem } from "../../../core/problem.ts";
import { err, ok, type Result } from "../../../core/result.ts";
import { callStorage } from "../call-storage.ts";
import { homeOf, homePictures } from "../regions.ts";
import type { Call } from "../route.ts";
import type { Picture } from "../upload/picture.ts";
import { storeSource } from "../upload/store-source.ts";

/** The tenant whose picture it is, and what it may store. */
export interface Owner {
  readonly tenant: string;
  readonly limits: TenantLimits;
  /** The region that holds its pictures. */
  readonly home: Residence["home"];
}

export interface Place {
  /** Where a picture with this SHA-256, in hex, lies in R2. */
  readonly key: (sha256: string) => string;
  /** Written again when it is there already, so that it is as young as its last use for R2's lifecycle. */
  readonly renews: boolean;
  /** Asked once the hash is known, before anything lies there: null, or why the picture may not. */
  readonly admit?: (picture: { sha256: string; bytes: number }) => Promise<Problem | null>;
}

export interface StoredPicture {
  readonly sha256: string;
  readonly bytes: number;
  /** Epoch milliseconds. */
  readonly storedAt: number;
  /** False: it was there before. */
  readonly isNew: boolean;
}

/**
 * Stores a picture under the hash of its bytes. One that is held is hashed first; of a longer one the hash is
 * known only when all of it has come, so it goes to a place of its own before. Never rejects; the caller removes
 * what is left of a refused picture.
 */
export async function storeByHash(
  call: Call,
  owner: Owner,
  picture: Picture,
  place: Place,
): Promise<Result<StoredPicture, Problem>> {
  const refused = refuseHeader(call, owner, picture);
  if (refused) return err(refused);
  try {
    if (picture.rest) return await storeLong(call, owner, picture, place);
    return await put(call, owner, picture.info, await heldBytes(picture.head), place);
  } catch (cause) {
    console.error({ event: "picture-not-stored", cause: String(cause) });
    return err(notStored);
  }
}

/** What the header alone forbids, before anything is stored. */
function refuseHeader(
  { env }: Call,
  { limits: granted }: Owner,
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
  owner: Owner,
  picture: Picture,
  place: Place,
): Promise<Result<StoredPicture, Problem>> {
  const bucket = homePictures(call.env, owner);
  const passing = sourceKey(owner.tenant, jobId(homeOf(call.env, owner), 0, ulid()));
  const stored = await storeSource(bucket, passing, picture, true);
  if (!stored.ok) return stored;
  try {
    const { bytes, digest } = stored.value;
    const object = await callStorage(bucket.get(passing));
    if (!object || !digest) return err(notStored);
    const body = { sha256: hex(digest), bytes, content: object.body };
    return await put(call, owner, picture.info, body, place);
  } finally {
    call.ctx.waitUntil(callStorage(bucket.delete(passing)));
  }
}

async function put(
  { env }: Call,
  owner: Owner,
  info: Picture["info"],
  { sha256, bytes, content }: Body,
  { key, renews, admit }: Place,
): Promise<Result<StoredPicture, Problem>> {
  const refused = await admit?.({ sha256, bytes });
  if (refused) {
    if (content instanceof ReadableStream) await content.cancel();
    return err(refused);
  }
  const bucket = homePictures(env, owner);
  const options = {
    ...(!renews && { onlyIf: { etagDoesNotMatch: "*" } }),
    httpMetadata: { contentType: mediaType(info.format) },
    customMetadata: { info: serializeInfo(info) },
  };
  const putting = callStorage(bucket.put(key(sha256), content, options));
  // R2 takes one write a second of a key. Who wrote it just now wrote the same bytes. It may be this put, whose
  // answer was
  // lost: it then counts as there before. That only makes the answer 200 instead of 201; the ledger counts by hash.
  const stored = await putting.catch(() => null);
  const object = stored ?? (await callStorage(bucket.head(key(sha256))));
  if (!object) await putting;
  const storedAt = object?.uploaded.getTime() ?? Date.now();
  return ok({ sha256, bytes, storedAt, isNew: stored !== null });
}

const hex = (digest: ArrayBuffer) => bytesToHex(new Uint8Array(digest));

const notStored = problem(
  "unavailable",
  "The picture could not be stored now. Send it again: the same bytes are stored once.",
  { retryAfterMillis: limits.busyRetryMillis },
);
