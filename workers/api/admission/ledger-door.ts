import type { Job } from "../../../core/job/job.ts";
import type {
  AcceptAnswer,
  AcceptRequest,
  ReserveRequest,
} from "../../../durable-objects/ledger/ledger-calls.ts";
import { callObject, ledgerOf } from "../call-object.ts";
import type { Call } from "../route.ts";
import type { Refusal } from "./refusals.ts";

/** One request's way to its ledger. What the ledger refuses, the isolate remembers. */
export class LedgerDoor {
  readonly #call: Call;
  readonly #ledger: string;
  #hasPlace = false;

  constructor(call: Call, ledger: string) {
    this.#call = call;
    this.#ledger = ledger;
  }

  /** A refusal of this ledger that still holds. */
  refusedLately(): Refusal | null {
    return this.#call.refusals.holding(this.#ledger, Date.now());
  }

  /**
   * Asks for a place where that may spare something: when the body is `long`, or when the ledger refused
   * work lately. Elsewhere the round trip would cost more than it saves. Null: the job may come.
   */
  async reserve(request: ReserveRequest, long: boolean): Promise<Refusal | null> {
    const { refusals, timing } = this.#call;
    if (!long && !refusals.lately(this.#ledger, Date.now())) return null;
    const { verdict, rate } = await timing.measure("reserve", () =>
      callObject(async () => this.#object().reserve(request)),
    );
    this.#hasPlace = verdict.ok;
    return verdict.ok ? null : this.#remember({ problem: verdict.error, rate });
  }

  /** The source will not come. Should this be lost, the place ends by itself. */
  release(id: string): void {
    if (!this.#hasPlace) return;
    const released = callObject(async () => this.#object().release(id));
    this.#call.ctx.waitUntil(released.catch(() => null));
  }

  /** Held up to `waitMillis` until the job is settled. */
  async accept(request: AcceptRequest, waitMillis: number): Promise<AcceptAnswer> {
    const answer = await this.#call.timing.measure("accept", () =>
      callObject(async (): Promise<AcceptAnswer> => {
        const object = this.#object();
        return waitMillis > 0 ? object.acceptWait(request, waitMillis) : object.accept(request);
      }, waitMillis),
    );
    const { verdict, rate } = answer;
    if (!verdict.ok) this.#remember({ problem: verdict.error, rate });
    return answer;
  }

  /** The job when it is settled, or as it is after `millis`. */
  wait(job: string, millis: number): Promise<Job | null> {
    return this.#call.timing.measure("wait", () =>
      callObject(async () => this.#object().wait(job, millis), millis),
    );
  }

  /** A job that was held goes to the queue after all. Should this be lost, the end of the hold does it. */
  async dispatch(job: string, lost: boolean): Promise<void> {
    await callObject(async () => this.#object().dispatch(job, lost)).catch(() => undefined);
  }

  #remember(refusal: Refusal): Refusal {
    this.#call.refusals.remember(this.#ledger, refusal, Date.now());
    return refusal;
  }

  #object() {
    return ledgerOf(this.#call.env, this.#ledger);
  }
}
