import type { Identity } from "../../core/identity/standing.ts";
import type { ApiEnv } from "../../workers/api/env.ts";
import { refuse, refuseFailure } from "../../workers/api/http/responses.ts";
import { Timing } from "../../workers/api/http/timing.ts";
import { authenticate } from "../../workers/api/identity/authenticate.ts";
import { IdentityCache } from "../../workers/api/identity/identity-cache.ts";
import { CallRates } from "../../workers/api/admission/call-rates.ts";
import { HitCounts } from "../../workers/api/deliver/hit-counts.ts";
import { ExpressLane } from "../../workers/api/admission/express-lane.ts";
import { RegionHealths } from "../../workers/api/admission/region-healths.ts";
import { KnownShards } from "../../workers/api/admission/known-shards.ts";
import { Refusals } from "../../workers/api/admission/refusals.ts";
import { Uploads } from "../../workers/api/admission/uploads.ts";
import type { Call } from "../../workers/api/route.ts";
import { createJob } from "../../workers/api/routes/create-job.ts";
import { deleteJob } from "../../workers/api/routes/delete-job.ts";
import { getJob } from "../../workers/api/routes/get-job.ts";
import { getOutput } from "../../workers/api/routes/get-output.ts";
import { getUsage } from "../../workers/api/routes/get-usage.ts";
import type { Process } from "../time/process.ts";
import type { Random } from "../time/random.ts";
import type { Wire } from "../platform/wire.ts";

const routes = { createJob, getJob, getOutput, deleteJob, getUsage };

export interface Asked {
  readonly route: keyof typeof routes;
  readonly authorization: string;
  readonly query?: string;
  readonly params?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** As the routes made it: text or bytes. */
  readonly body: unknown;
}

interface Isolate {
  readonly process: Process;
  readonly identities: IdentityCache;
  readonly refusals: Refusals;
  readonly uploads: Uploads;
  readonly healths: RegionHealths;
  readonly express: ExpressLane;
  readonly shards: KnownShards;
}

/** Longest that a client waits for an answer. */
const patienceMillis = 60_000;
const isolatesMax = 3;

/** The API Worker: its isolates, which come and go, and the real routes in them. */
export class FrontDoor {
  readonly #wire: Wire;
  readonly #random: Random;
  readonly #env: (process: Process) => ApiEnv;
  readonly #makeProcess: () => Process;
  /** Called with each answer that is a fault of the service itself. */
  readonly #faulty: (cause: unknown) => void;
  #isolates: Isolate[] = [];

  constructor(
    wire: Wire,
    random: Random,
    makeProcess: () => Process,
    env: (process: Process) => ApiEnv,
    faulty: (cause: unknown) => void,
  ) {
    this.#wire = wire;
    this.#random = random;
    this.#env = env;
    this.#makeProcess = makeProcess;
    this.#faulty = faulty;
  }

  /** New versions go out by new isolates. */
  redeploy(): void {
    this.#isolates = [];
  }

  /** Null: the answer never came, so what happened is unknown. */
  ask(client: Process, asked: Asked): Promise<Answer | null> {
    const { timeline, weather } = this.#wire;
    return new Promise((resolve) => {
      const giveUp = timeline.after(patienceMillis, client, () => resolve(null));
      const answer = (value: Answer | null) => {
        const lost = value !== null && weather.strikes("lostAnswer");
        if (lost) return;
        timeline.after(this.#random.exponential(15), client, () => {
          giveUp.cancelled = true;
          resolve(value);
        });
      };
      timeline.after(this.#random.exponential(15), null, () => {
        const isolate = this.#isolate();
        timeline.enter(isolate.process);
        isolate.process.whenDead(() => answer(null));
        if (weather.strikes("isolateDeath")) {
          const millis = this.#random.exponential(40);
          timeline.after(millis, isolate.process, () => isolate.process.die());
        }
        void this.#serve(isolate, asked).then(answer);
      });
    });
  }

  #isolate(): Isolate {
    this.#isolates = this.#isolates.filter(({ process }) => process.alive);
    if (this.#isolates.length < isolatesMax) {
      const isolate = {
        process: this.#makeProcess(),
        identities: new IdentityCache(),
        refusals: new Refusals(),
        uploads: new Uploads(),
        healths: new RegionHealths(),
        express: new ExpressLane(),
        shards: new KnownShards(),
      };
      this.#isolates.push(isolate);
    }
    return this.#random.pick(this.#isolates);
  }

  async #serve(isolate: Isolate, asked: Asked): Promise<Answer> {
    const env = this.#env(isolate.process);
    const ctx = { waitUntil: (work: Promise<unknown>) => void work.catch(() => undefined) };
    try {
      const { authorization } = asked;
      const now = isolate.process.read(this.#wire.timeline.now);
      const identity = await authenticate(authorization, env, ctx, now, isolate.identities);
      if (!identity.ok) return refuse(identity.error);
      const { refusals, uploads, healths, express, shards } = isolate;
      const call = { env, ctx, refusals, uploads, healths, express, shards };
      return await this.#handle(asked, identity.value, call);
    } catch (cause) {
      const answer = refuseFailure(cause);
      if (answer.status === 500) this.#faulty(cause);
      return answer;
    }
  }

  async #handle(
    asked: Asked,
    identity: Identity,
    call: Pick<Call, "env" | "ctx" | "refusals" | "uploads" | "healths" | "express" | "shards">,
  ): Promise<Answer> {
    const route = routes[asked.route];
    if (route.caller !== "tenant") throw new Error("tenants' routes only");
    const url = new URL(`https://minilab.test/v1/jobs?${asked.query ?? ""}`);
    const response = await route.handle(
      {
        request: requestOf(asked, url, route.method),
        url,
        ...call,
        params: asked.params ?? {},
        timing: new Timing(),
        trace: "0af7651916cd43dd8448eb211c80319c",
        rates: new CallRates(),
        // Nothing is delivered here.
        hits: new HitCounts(),
      },
      identity,
    );
    return response;
  }
}

/** What the routes read of a request. Its body is there at once: streams are not the simulator's to order. */
function requestOf(asked: Asked, url: URL, method: string): Request {
  const headers = new Headers(asked.headers);
  headers.set("Authorization", asked.authorization);
  if (asked.body) headers.set("Content-Length", String(asked.body.length));
  const request = {
    method,
    headers,
    url: url.href,
    body: asked.body ? {} : null,
    bodyUsed: false,
    arrayBuffer: async () => asked.body?.slice().buffer,
  };
  return request as unknown as Request;
}
