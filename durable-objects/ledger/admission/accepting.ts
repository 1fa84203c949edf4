import { shardOfKey, type ShardMap } from "../../../core/fleet/shard-map.ts";
import { keyRevoked } from "../../../core/identity/standing.ts";
import { jobId } from "../../../core/job/job-id.ts";
import { parseLedgerName } from "../../../core/job/ledger-address.ts";
import { jobCost } from "../../../core/job/job.ts";
import type { JobCost } from "../../../core/ledger/caps.ts";
import * as express from "../../../core/ledger/express.ts";
import * as progress from "../../../core/ledger/progress.ts";
import { limits } from "../../../core/limits.ts";
import { problem, type Problem } from "../../../core/problem.ts";
import { err, ok } from "../../../core/result.ts";
import type { Host } from "../../ports.ts";
import type { Alarm } from "../alarm.ts";
import type { Orphans } from "../archive/orphans.ts";
import type { Replay, Replays } from "../archive/replays.ts";
import { leaseOf } from "../delivery/claims.ts";
import type { Redelivery } from "../delivery/redelivery.ts";
import type { Measures } from "../measures/measures.ts";
import type { JobRecord } from "../jobs/job-record.ts";
import type { JobStore } from "../jobs/job-store.ts";
import type { JobViews } from "../jobs/job-views.ts";
import type {
  AcceptAnswer,
  AcceptRequest,
  Idempotency,
  ReserveAnswer,
  ReserveRequest,
} from "../ledger-calls.ts";
import { replay, replayLeft } from "../replay.ts";
import type { Gate } from "./gate.ts";
import type { RevokedKeys } from "./revoked-keys.ts";
import type { Tally } from "./tally.ts";
import type { Terms } from "./terms.ts";

interface Parts {
  readonly jobs: JobStore;
  readonly replays: Replays;
  readonly views: JobViews;
  readonly revokedKeys: RevokedKeys;
  readonly terms: Terms;
  readonly gate: Gate;
  readonly tally: Tally;
  readonly redelivery: Redelivery;
  readonly orphans: Orphans;
  readonly alarm: Alarm;
  readonly measures: Measures;
}

/** How jobs are accepted: known already, refused, or stored. */
export class Accepting {
  readonly #host: Pick<Host, "name" | "now">;
  readonly #parts: Parts;

  constructor(host: Pick<Host, "name" | "now">, parts: Parts) {
    this.#host = host;
    this.#parts = parts;
  }

  reserve(
    request: ReserveRequest,
    tries: Tries = this.#none(),
  ): ReserveAnswer | Promise<ReserveAnswer> {
    const { revokedKeys, jobs, replays, gate, measures } = this.#parts;
    if (revokedKeys.has(request.key)) return { verdict: err(keyRevoked), rate: null };
    const { idempotencyKey } = request;
    const known =
      idempotencyKey !== null &&
      (jobs.findByIdempotencyKey(idempotencyKey) ?? replays.find(idempotencyKey));
    if (known) return { verdict: ok(true), rate: null };
    const { wantsMore, ...answer } = gate.reserve(request, this.#host.now());
    if (wantsMore && tries.count < limits.leasesPerJobMax) {
      const { computeUnits, outputs = 0 } = request;
      return this.#grown({ computeUnits, outputs }, tries, (next) => this.reserve(request, next));
    }
    if (!answer.verdict.ok) measures.refused(answer.verdict.error.code);
    return answer;
  }

  accept(
    request: AcceptRequest,
    tries: Tries = this.#none(),
  ): AcceptAnswer | Promise<AcceptAnswer> {
    const { jobs, views, revokedKeys, gate, measures } = this.#parts;
    const now = this.#host.now();
    // Check repeats first: the caller deletes refused sources, but this job was already accepted.
    const repeated = jobs.find(request.id);
    if (repeated?.deleted) return { verdict: err(cancelled), rate: null };
    if (repeated) return this.#again(repeated, request);
    for (const [code, times] of Object.entries(request.refused ?? {})) {
      measures.refused(code, times);
    }
    if (revokedKeys.has(request.key)) return { verdict: err(keyRevoked), rate: null };
    const { idempotency } = request;
    const known = idempotency && jobs.findByIdempotencyKey(idempotency.key);
    if (known && !this.#mayReplace(known, request)) {
      const repeat = gate.repeat(request, now);
      const show = (record: JobRecord) => views.show(record);
      return { verdict: repeat.ok ? replay(known, request, show) : repeat, rate: null };
    }
    const left = idempotency && !known ? this.#left(idempotency) : null;
    if (left) {
      const repeat = gate.repeat(request, now);
      return repeat.ok ? this.#replayLeft(left, request) : { verdict: repeat, rate: null };
    }
    if (idempotency && !known && this.#isElsewhere(idempotency.key, request)) {
      return { verdict: err(keyMoved), rate: null, moved: this.#parts.terms.known().shards };
    }
    const cost = jobCost(request.spec);
    const { verdict, rate, wantsMore } = gate.enter(request, request.spec.source, cost, now);
    if (wantsMore && tries.count < limits.leasesPerJobMax) {
      return this.#grown(cost, tries, (next) => this.accept(counted(request), next));
    }
    if (!verdict.ok) {
      measures.refused(verdict.error.code);
      return { verdict, rate };
    }
    if (known) jobs.releaseIdempotencyKey(known.id);
    const begun = this.#begin(request, now);
    const job = views.show(begun);
    const { redelivery } = this.#parts;
    const queuesOut = redelivery.isOut();
    const filling = gate.isFilling(now);
    const apart = redelivery.apart.lane(now) === "solo";
    return {
      ...{ verdict: ok({ job, replayed: false }), rate },
      ...(filling && { filling }),
      ...(queuesOut && { queuesOut }),
      ...(apart && { apart }),
      ...attemptOf(begun, request),
    };
  }

  #none(): Tries {
    return { count: 0, since: this.#host.now() };
  }

  /**
   * Decides once more, from the beginning, when this shard has leased more of the tenant's limits. Refuses when that
   * took long: a caller that has given up sends the job again under another id, and would pay for both.
   */
  async #grown<Answer extends ReserveAnswer | AcceptAnswer>(
    cost: JobCost,
    { count, since }: Tries,
    decide: (next: Tries) => Answer | Promise<Answer>,
  ): Promise<Answer | { readonly verdict: { ok: false; error: Problem }; readonly rate: null }> {
    const { gate, alarm } = this.#parts;
    // The clock may have stepped back.
    const leftMillis = () => limits.leaseWaitMillisMax - Math.abs(this.#host.now() - since);
    const hasGrown = await gate.grow(cost, this.#host.now(), leftMillis());
    if (!hasGrown || leftMillis() <= 0) return { verdict: err(noLease), rate: null };
    alarm.setBy(gate.leaseDueAt());
    return decide({ count: count + 1, since });
  }

  /** A call that is repeated, or the picture of a held job is stored now. */
  #again({ id, progress: reached, settledAt }: JobRecord, request: AcceptRequest): AcceptAnswer {
    const { jobs, views, redelivery, alarm } = this.#parts;
    if (reached.held && settledAt === null && request.held !== true) {
      const isApart = redelivery.apart.lane(this.#host.now()) === "solo";
      jobs.advance(id, express.stored(reached, isApart));
      const { lost = false, unbegun = false } = request;
      redelivery.handOver(id, { lost, unbegun });
      alarm.setBy(this.#host.now() + limits.expressHoldMillis);
    }
    const job = jobs.find(id);
    if (!job) throw new Error(`${id} is not there any more`);
    const verdict = ok({ job: views.show(job), replayed: false });
    return { verdict, rate: null, ...attemptOf(job, request) };
  }

  /**
   * Whether this ledger knows the key. It is told the caller's map first and keeps it: from then on it accepts no key
   * that it does not own, so that what is not here now is not here later. Safe to repeat.
   */
  holdsKey(key: string, map: ShardMap): boolean {
    const { jobs, replays, terms } = this.#parts;
    terms.tellShards(map);
    return jobs.findByIdempotencyKey(key) !== null || replays.find(key) !== null;
  }

  /** One that this ledger knew of a job that has left stays here, where it is looked for. */
  #isElsewhere(key: string, request: AcceptRequest): boolean {
    const { terms, replays } = this.#parts;
    const { shard } = parseLedgerName(this.#host.name);
    return shardOfKey(terms.newest(request).shards, key) !== shard && replays.find(key) === null;
  }

  /** Writes the job down, in the same turn as every decision above. */
  #begin(request: AcceptRequest, now: number): JobRecord {
    const { jobs, gate, tally, redelivery, orphans, alarm, measures } = this.#parts;
    const { held = false, takenMillis, key, trace } = request;
    const lane = redelivery.apart.lane(now);
    // A job that is rendered alone is not held back for the express lane, unless its caller has the picture.
    const isApart = lane === "solo" && !held;
    const holdMillis = isApart ? null : (request.holdMillis ?? null);
    const accepted = progress.accepted(now, holdMillis, held, isApart ? "solo" : "batch");
    const isClaimed = request.claim === true && holdMillis !== null && lane !== "solo";
    const started = isClaimed ? express.claimedAtOnce(accepted, now, leaseOf(request)) : accepted;
    const spec = { ...request.spec, by: { key, ...(trace && { trace }) } };
    const record = jobs.insert({ ...request, spec, progress: started, createdAt: now });
    tally.opened(jobCost(request.spec));
    gate.notice(now);
    if (takenMillis !== undefined) measures.took("accept", takenMillis);
    if (holdMillis === null) redelivery.send(request.id, started);
    orphans.lookAfter(now);
    alarm.setBy(started.due ?? now);
    return record;
  }

  /**
   * A stored original is rendered again when its rendition is gone. Its tenant may have deleted the job of the
   * first time, which for an upload of its own would end the key.
   */
  #mayReplace(known: JobRecord, { idempotency, spec }: AcceptRequest): boolean {
    return idempotency?.replaces === known.id || (known.deleted && spec.kept !== undefined);
  }

  /** What is known of a key whose job has left, unless the request is there to take it over. */
  #left({ key, replaces }: Idempotency): Replay | null {
    const left = this.#parts.replays.find(key);
    return left && this.#idOf(left) !== replaces ? left : null;
  }

  async #replayLeft(left: Replay, request: AcceptRequest): Promise<AcceptAnswer> {
    const id = this.#idOf(left);
    const job = await this.#parts.views.read(id);
    const { idempotency, spec } = request;
    if (!job && spec.kept && idempotency) {
      const taking = { ...idempotency, replaces: id };
      return this.accept({ ...counted(request), idempotency: taking });
    }
    return { verdict: replayLeft(left, job, request), rate: null };
  }

  #idOf({ ulid }: Replay): string {
    const { region, shard } = parseLedgerName(this.#host.name);
    return jobId(region, shard, ulid);
  }
}

const cancelled = problem("cancelled", "The job was deleted before it was finished.");

/** How often it was decided whether a job comes in, and when first. */
interface Tries {
  readonly count: number;
  readonly since: number;
}

/** The claim that came with the acceptance. A repeated call gets it again: its caller did not receive it. */
const attemptOf = (record: JobRecord, { claim }: AcceptRequest): Pick<AcceptAnswer, "attempt"> =>
  claim && progress.isClaimedAtOnce(record.progress, leaseOf(record))
    ? { attempt: record.progress.claims }
    : {};

/** A request of which the refusals that it tells are counted. */
const counted = (request: AcceptRequest): AcceptRequest => ({ ...request, refused: {} });

const noLease = problem("unavailable", "The tenant's limits could not be checked. Try again.", {
  retryAfterMillis: limits.unavailableRetryMillis,
});

/** For callers that do not know of shards; others ask where it belongs. */
const keyMoved = problem(
  "unavailable",
  "This Idempotency-Key is now handled elsewhere. Try again.",
  {
    retryAfterMillis: limits.unavailableRetryMillis,
  },
);
