import { plans } from "../../../../core/identity/tenant-limits.ts";
import type { Job, JobSpec } from "../../../../core/job/job.ts";
import { problem } from "../../../../core/problem.ts";
import { ok } from "../../../../core/result.ts";
import type {
  AcceptAnswer,
  AcceptRequest,
} from "../../../../durable-objects/ledger/ledger-calls.ts";
import { KnownShards } from "../../../../workers/api/admission/known-shards.ts";
import { Refusals } from "../../../../workers/api/admission/refusals.ts";
import { RegionHealths } from "../../../../workers/api/admission/region-healths.ts";
import { Timing } from "../../../../workers/api/http/timing.ts";
import type { Call } from "../../../../workers/api/route.ts";
import { oneRegion } from "../../../one-region.ts";

export const name = "tnt_x/local/0";
export const rate = { limit: 20, windowSeconds: 2, remaining: 0, resetSeconds: 2 };
export const rateLimited = problem("rate-limited", "No.", { retryAfterMillis: 4000 });
export const trace = "0af7651916cd43dd8448eb211c80319c";

/** Ledgers that answer what they are told to, and an isolate that asks them. */
export class AskedLedger {
  /** What they were asked, in order. */
  readonly asked: { readonly ledger: string; readonly call: string; readonly given: unknown[] }[] =
    [];
  /** What they answer, the last one again and again. A function is what it gives. */
  answers: unknown[] = [];
  readonly background: Promise<unknown>[] = [];
  readonly call = {
    env: { FLEET: oneRegion(), LEDGER: { getByName: (ledger: string) => this.#stub(ledger) } },
    ctx: { waitUntil: (work: Promise<unknown>) => void this.background.push(work) },
    timing: new Timing(),
    refusals: new Refusals(),
    healths: new RegionHealths(),
    shards: new KnownShards(),
    trace,
  } as unknown as Call;

  get calls(): string[] {
    return this.asked.map(({ call }) => call);
  }

  /** What the call was given first. */
  given(at: number): AcceptRequest {
    return this.asked[at]?.given[0] as AcceptRequest;
  }

  #stub(ledger: string) {
    const answer = async (call: string, given: unknown[]): Promise<unknown> => {
      this.asked.push({ ledger, call, given });
      const next = this.answers.length > 1 ? this.answers.shift() : this.answers[0];
      return typeof next === "function" ? (next as () => unknown)() : next;
    };
    const get =
      (_: object, call: string) =>
      (...given: unknown[]) =>
        answer(call, given);
    return new Proxy({}, { get });
  }
}

export const spec: JobSpec = {
  source: { bytes: 1, width: 1, height: 1, format: "png" },
  transforms: [],
  computeUnits: 1,
};

export const request = (more: Partial<AcceptRequest> = {}): AcceptRequest => ({
  id: "job_first",
  key: "key_1",
  limits: plans.custom,
  idempotency: { key: "a key", fingerprint: "f" },
  spec,
  ...more,
});

export const answered = (
  job: Partial<Job> = {},
  replayed = false,
  more: Partial<AcceptAnswer> = {},
): AcceptAnswer => ({
  verdict: ok({ job: { id: "job_known", ...job } as Job, replayed }),
  rate,
  ...more,
});
