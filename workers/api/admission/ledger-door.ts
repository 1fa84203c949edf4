import { ulid } from "ulid";
import type { ShardMap } from "../../../core/fleet/shard-map.ts";
import { jobId } from "../../../core/job/job-id.ts";
import { ledgerName, parseLedgerName } from "../../../core/job/ledger-address.ts";
import type { CallOutcome } from "../../../core/ledger/express.ts";
import { limits } from "../../../core/limits.ts";
import { problem, type Problem } from "../../../core/problem.ts";
import type { Job } from "../../../core/job/job.ts";
import type {
  AcceptAnswer,
  AcceptRequest,
  ReserveRequest,
} from "../../../durable-objects/ledger/ledger-calls.ts";
import { callLedger } from "../call-ledger.ts";
import { ledgerForKey } from "../regions.ts";
import { isFlooded } from "./floods.ts";
import type { Claim } from "./express-lane.ts";
import type { Call } from "../route.ts";
import type { Refusal } from "./refusals.ts";

/** With what a job that was claimed with it can be rendered by. */
export type DoorAnswer = AcceptAnswer & { readonly claim?: Claim };

/** One request's way to its ledger. The isolate remembers what the ledger refuses. */
export class LedgerDoor {
  readonly #call: Call;
  /** Its name. A key that has moved takes the request to another one. */
  ledger: string;
  #hasPlace = false;
  #hasAccepted = false;

  constructor(call: Call, ledger: string) {
    this.#call = call;
    this.ledger = ledger;
  }

  /**
   * Whether the ledger is not to be asked: it has refused, and that holds still, or so much goes to it from all
   * isolates of this location that it could not answer. Only of ledgers that refused work lately is that counted.
   */
  async refusal(): Promise<Refusal | null> {
    const holding = this.refusedLately();
    const { env, refusals } = this.#call;
    if (holding || !refusals.lately(this.ledger, Date.now())) return holding;
    if (!(await isFlooded(env, this.ledger))) return null;
    this.refused(flood);
    return this.#remember({ problem: flood, rate: null });
  }

  /** A refusal of this ledger that still holds. */
  refusedLately(): Refusal | null {
    const refused = this.#call.refusals.holding(this.ledger, Date.now());
    if (refused) this.refused(refused.problem);
    return refused;
  }

  /** The request was refused without the ledger, which is told with the next job. */
  refused({ code }: Problem): void {
    this.#call.refusals.count(this.ledger, code);
  }

  /**
   * Asks for a place where that may spare something: when the body is `long`, or when the ledger refused
   * work lately or may soon. Elsewhere the round trip would cost more than it saves. Null: the job may come.
   */
  async reserve(request: ReserveRequest, long: boolean): Promise<Refusal | null> {
    const { refusals, timing } = this.#call;
    if (!long && !refusals.areLikely(this.ledger, Date.now())) return null;
    const { verdict, rate } = await timing.measure("reserve", () =>
      callLedger(this.#call, this.ledger, (ledger) => ledger.reserve(request)),
    );
    this.#hasPlace = verdict.ok;
    return verdict.ok ? null : this.#remember({ problem: verdict.error, rate });
  }

  /** The source will not come. If this call is lost, the place ends by itself. */
  release(id: string): void {
    if (!this.#hasPlace) return;
    const released = callLedger(this.#call, this.ledger, (ledger) => ledger.release(id));
    this.#call.ctx.waitUntil(released.catch(() => null));
  }

  /**
   * Held up to `waitMillis` until the job is settled, unless its picture is still with the caller of a request before.
   * Where that one's picture was never stored, this one takes its key over. Where the ledger knows a newer map of the
   * tenant's shards, the key's own ledger is asked for a job of another id; `follow` then brings what is stored for it.
   */
  async accept(
    request: AcceptRequest,
    waitMillis: number,
    follow?: (id: string) => Promise<unknown>,
  ): Promise<DoorAnswer> {
    const answer = await this.#accept(request, waitMillis);
    const { idempotency, shards } = request;
    const map = answer.moved;
    if (idempotency && map && map.length > (shards?.length ?? 1)) {
      const id = await this.#move(idempotency.key, map);
      await follow?.(id);
      return this.accept({ ...request, id, shards: map }, waitMillis, follow);
    }
    if (!answer.verdict.ok || !idempotency || idempotency.replaces !== undefined) return answer;
    const { job, replayed } = answer.verdict.value;
    if (!replayed || !hadNoPicture(job, request)) return answer;
    const taking = { ...idempotency, replaces: job.id };
    return this.#accept({ ...request, idempotency: taking }, waitMillis);
  }

  /** The id of a job in the ledger that looks after the key. */
  async #move(key: string, map: ShardMap): Promise<string> {
    const { tenant, region } = parseLedgerName(this.ledger);
    this.#call.shards.learn(tenant, map);
    const address = await ledgerForKey(this.#call, { tenant, shards: map }, region, key);
    this.ledger = ledgerName(address);
    return jobId(address.region, address.shard, ulid());
  }

  async #accept(asked: AcceptRequest, waitMillis: number): Promise<DoorAnswer> {
    const { timing, refusals, trace } = this.#call;
    const refused = refusals.takeCounts(this.ledger);
    const takenMillis = timing.totalMillis();
    const askedAt = Date.now();
    const told = { knowsHeld: true, trace, takenMillis, ...(refused && { refused }) } as const;
    const request = { ...asked, ...told };
    const answer = await timing.measure("accept", () =>
      callLedger(
        this.#call,
        this.ledger,
        async (ledger): Promise<AcceptAnswer> =>
          waitMillis > 0 ? ledger.acceptWait(request, waitMillis) : ledger.accept(request),
        { heldMillis: waitMillis, queuesTake: (answered) => this.#queuesTake(answered) },
      ),
    );
    const { verdict, rate, attempt, filling } = answer;
    if (filling) refusals.expect(this.ledger, Date.now());
    if (!verdict.ok && !answer.moved) this.#remember({ problem: verdict.error, rate });
    if (attempt === undefined) return answer;
    const spec = { ...asked.spec, by: { key: asked.key, trace } };
    return { ...answer, claim: { attempt, spec, askedAt } };
  }

  /** The job when it is settled, or as it is after `millis`. */
  wait(job: string, millis: number): Promise<Job | null> {
    return this.#call.timing.measure("wait", () =>
      callLedger(
        this.#call,
        this.ledger,
        async (ledger): Promise<Job | null> => ledger.wait(job, millis),
        { heldMillis: millis },
      ),
    );
  }

  /** A job that was held goes to the queue after all. If this call is lost, the end of the hold sends it. */
  async dispatch(job: string, { lost, unbegun }: CallOutcome): Promise<void> {
    await callLedger(this.#call, this.ledger, (ledger) =>
      ledger.dispatch(job, lost, unbegun),
    ).catch(() => undefined);
  }

  /**
   * Only the answer that accepts a new job says whether queues take messages: not a refusal, a replay, or the answer
   * to a stored picture.
   */
  #queuesTake({ verdict, queuesOut }: AcceptAnswer): boolean | null {
    if (this.#hasAccepted || !verdict.ok || verdict.value.replayed) return null;
    this.#hasAccepted = true;
    return queuesOut !== true;
  }

  #remember(refusal: Refusal): Refusal {
    this.#call.refusals.remember(this.ledger, refusal, Date.now());
    return refusal;
  }
}

const flood = problem(
  "rate-limited",
  "This tenant keeps sending requests that are refused. Wait for Retry-After, then send fewer at once.",
  { retryAfterMillis: limits.unavailableRetryMillis },
);

/**
 * A job that its client deleted is not replayed. So a replayed job that was cancelled ended because its upload was
 * missing.
 */
function hadNoPicture({ error }: Job, { spec }: AcceptRequest): boolean {
  return error?.code === "interrupted" || (error?.code === "cancelled" && !spec.kept);
}
