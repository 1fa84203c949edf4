import { fetchedKey, recordKey } from "../../../core/delivery/remote/fetched-keys.ts";
import {
  isKept,
  parseRecord,
  serializeRecord,
  type FetchedRecord,
} from "../../../core/delivery/remote/fetched-record.ts";
import { remoteTarget, type SourceRules } from "../../../core/delivery/remote/remote-target.ts";
import { limits } from "../../../core/limits.ts";
import type { Problem, ProblemCode } from "../../../core/problem.ts";
import { err, ok, type Result } from "../../../core/result.ts";
import { CallRates } from "../admission/call-rates.ts";
import { Uploads } from "../admission/uploads.ts";
import { callStorage } from "../call-storage.ts";
import type { Source } from "../deliver/source.ts";
import { SingleFlight } from "../http/single-flight.ts";
import { Lru } from "../identity/lru.ts";
import { storeByHash, type Owner } from "../originals/store-by-hash.ts";
import { homePictures } from "../regions.ts";
import type { Call } from "../route.ts";
import { askOrigin, takeIn, type FetchedPicture, type Room } from "./fetch-picture.ts";
import { lastPurge } from "./purge-mark.ts";
import { notAllowed, originLate, redirectNotAllowed } from "./remote-problems.ts";

/** A tenant, and where its pictures may come from. */
export interface RemoteOwner extends Owner {
  readonly rules: SourceRules;
}

/**
 * A picture elsewhere as a source: what was fetched before while that is fresh, then only if the origin has
 * another one. A copy that is no longer fresh serves on while the origin fails.
 */
export async function openRemote(
  call: Call,
  owner: RemoteOwner,
  url: URL,
): Promise<Result<Source, Problem>> {
  const target = remoteTarget(url, owner.rules);
  if (!target.ok) return err(notAllowed(target.error));
  const key = recordKey(owner.tenant, target.value.href);
  const now = Date.now();
  const known = await readRecord(call, owner, key, now);
  if (known && now < known.freshUntil) return ok(sourceOf(owner, known));
  const fetched = recentFailure(key, now) ?? (await fetchOnce(call, owner, target.value, known));
  if (fetched.ok) return ok(sourceOf(owner, fetched.value));
  rememberFailure(key, fetched.error, now);
  return known && outages.has(fetched.error.code) ? ok(sourceOf(owner, known)) : fetched;
}

/** Only what the tenant may still fetch from, and what R2 still has. */
async function readRecord(
  { env }: Call,
  owner: RemoteOwner,
  key: string,
  now: number,
): Promise<FetchedRecord | null> {
  const object = await callStorage(homePictures(env, owner).get(key));
  const record = object && parseRecord(await callStorage(object.text()));
  if (!record || !isKept(record, now)) return null;
  return remoteTarget(new URL(record.from), owner.rules).ok ? record : null;
}

/** Requests of this isolate that miss the same source at the same time share one fetch. */
async function fetchOnce(
  call: Call,
  owner: RemoteOwner,
  url: URL,
  known: FetchedRecord | null,
): Promise<Result<FetchedRecord, Problem>> {
  const name = recordKey(owner.tenant, url.href);
  const millisMax =
    2 * limits.lineMillisMax + limits.remoteAnswerMillisMax + limits.remoteMillisMax;
  const { result } = await flights.join(name, call.ctx, millisMax, async () => {
    const admitted = fetches.take(owner, "fetches", Date.now());
    if (!admitted.ok) return admitted;
    return underWay.holdingSoon(owner.tenant, 0, () => fetchAgain(call, owner, url, known));
  });
  const fetched = result.ok ? result.value : err(originLate);
  if (!fetched.ok) return fetched;
  // It may have been begun by the rules from before a change.
  const from = remoteTarget(new URL(fetched.value.from), owner.rules);
  return from.ok ? fetched : err(redirectNotAllowed(from.error));
}

const flights = new SingleFlight<Result<FetchedRecord, Problem>>();

/** Anyone who knows a tenant's address can make it fetch: what that costs is bounded like its jobs … */
const fetches = new CallRates();

/** … and by their number: what each has in memory counts once its origin has said how long its picture is. */
const underWay = new Uploads();

async function fetchAgain(
  call: Call,
  owner: RemoteOwner,
  url: URL,
  known: FetchedRecord | null,
): Promise<Result<FetchedRecord, Problem>> {
  const bucket = homePictures(call.env, owner);
  const key = recordKey(owner.tenant, url.href);
  const purge = await lastPurge(bucket, owner.tenant, key);
  const answer = await askOrigin({ url, rules: owner.rules, known }, owner);
  if (!answer.ok) return answer;
  const freshUntil = Date.now() + answer.value.freshSeconds * 1000;
  // Apart from the tenant's uploads: no visitor takes their room.
  const room: Room = (bytes, work) =>
    call.uploads.holdingSoon(`visitors of ${owner.tenant}`, bytes, work);
  const record =
    answer.value.kind === "picture"
      ? await takeIn(answer.value, owner, room, (fetched) =>
          store(call, owner, fetched, freshUntil),
        )
      : // Only a known picture can be unchanged.
        ok({ ...(known as FetchedRecord), freshUntil });
  if (!record.ok) return record;
  const isPurged = async () => (await lastPurge(bucket, owner.tenant, key)) !== purge;
  const kept = keep(bucket, key, record.value, isPurged);
  // Without the record the picture is only fetched once more.
  call.ctx.waitUntil(kept.catch((cause) => console.error({ event: "record-not-put", key, cause })));
  return record;
}

/** A purge that began after the origin was asked finds nothing of it, and leaves nothing of it behind. */
async function keep(
  bucket: R2Bucket,
  key: string,
  record: FetchedRecord,
  isPurged: () => Promise<boolean>,
): Promise<void> {
  if (await isPurged()) return;
  await callStorage(bucket.put(key, serializeRecord(record)));
  if (await isPurged()) await callStorage(bucket.delete(key));
}

async function store(
  call: Call,
  owner: RemoteOwner,
  { picture, validators, from }: FetchedPicture,
  freshUntil: number,
): Promise<Result<FetchedRecord, Problem>> {
  const key = (sha256: string) => fetchedKey(owner.tenant, sha256);
  const stored = await storeByHash(call, owner, picture, { key, renews: true });
  if (!stored.ok) return stored;
  const { sha256: hash, bytes, storedAt } = stored.value;
  return ok({ hash, bytes, info: picture.info, ...validators, from, storedAt, freshUntil });
}

function sourceOf({ tenant }: Owner, { hash, bytes, info, freshUntil }: FetchedRecord): Source {
  return { hash, key: fetchedKey(tenant, hash), bytes, info, freshUntil };
}

/** What origins failed with lately, as this isolate saw it: they are not asked again at every view. */
const failures = new Lru<string, { readonly problem: Problem; readonly until: number }>(
  limits.remoteFailuresCacheMax,
);

/**
 * The origin is asked again at once, by this isolate: failures are forgotten, and no request joins a fetch that has
 * begun. `prefix`: of the records of URLs.
 */
export function askAgain(prefix: string): void {
  flights.forget(prefix);
  for (const key of [...failures.keys()]) if (key.startsWith(prefix)) failures.delete(key);
}

function recentFailure(key: string, now: number): Result<never, Problem> | null {
  const failure = failures.get(key);
  return failure && now < failure.until ? err(failure.problem) : null;
}

function rememberFailure(key: string, problem: Problem, now: number): void {
  // Faults of this service and the tenant's rate pass by themselves. A failure that is remembered already keeps its
  // end.
  if (passing.has(problem.code) || recentFailure(key, now)) return;
  const seconds =
    problem.code === "source-not-found" ? limits.remoteMissingSeconds : limits.remoteFailedSeconds;
  failures.set(key, { problem, until: now + seconds * 1000 });
}

const passing: ReadonlySet<ProblemCode> = new Set(["unavailable", "overloaded", "rate-limited"]);

/** Failures that say nothing of the picture. */
const outages: ReadonlySet<ProblemCode> = new Set([
  "source-failed",
  "source-timeout",
  "unavailable",
  "overloaded",
  "rate-limited",
]);
