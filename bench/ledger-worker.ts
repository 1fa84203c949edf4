import { ulid } from "ulid";
import { oneShard } from "../core/fleet/shard-map.ts";
import { plans } from "../core/identity/tenant-limits.ts";
import { limits } from "../core/limits.ts";
import { jobId } from "../core/job/job-id.ts";
import type { ObjectsEnv } from "../durable-objects/env.ts";
import { CountedLedger } from "./counted-ledger-worker.ts";
import { TenantLedger } from "../durable-objects/ledger/tenant-ledger.ts";
import { outcomeOf, specOf } from "./ledger-jobs.ts";

export { CountedLedger };

interface BenchEnv extends Omit<ObjectsEnv, "LEDGER"> {
  readonly COUNTED: DurableObjectNamespace<CountedLedger>;
  readonly LEDGER: DurableObjectNamespace<BenchLedger>;
}

/**
 * `POST /fill?ledger=NAME&rows=N` adds N settled jobs; `POST /accept?ledger=NAME&jobs=N` accepts N new
 * ones and answers with the milliseconds until all of them were durable; `POST /spread?tenant=NAME&shards=S&jobs=N`
 * accepts N one by one at a tenant's shards in turn; `POST /rows?key=BOOLEAN` answers with the rows that a
 * job writes in its life, with an Idempotency-Key or without. `GET /healthz`: it is there.
 */
export default {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/healthz") return new Response("ok");
    if (pathname === "/spread") {
      const number = (name: string) => Number(searchParams.get(name));
      const tenant = searchParams.get("tenant") ?? "";
      return Response.json(await spread(env, tenant, number("shards"), number("jobs")));
    }
    if (pathname === "/rows") {
      const key = searchParams.get("key") ?? "";
      return Response.json({ rows: await env.COUNTED.getByName(key).rowsOfJob(key === "true") });
    }
    const ledger = env.LEDGER.getByName(`${searchParams.get("ledger")}/bench/0`);
    if (pathname === "/fill") {
      return Response.json({ rows: await ledger.fill(Number(searchParams.get("rows"))) });
    }
    const started = Date.now();
    await ledger.acceptMany(Number(searchParams.get("jobs")));
    return Response.json({ millis: Date.now() - started });
  },
} satisfies ExportedHandler<BenchEnv>;

/** Requests that are under way at once. */
const width = 64;

async function spread(env: BenchEnv, tenant: string, shards: number, jobs: number) {
  const map = shards === 1 ? oneShard : [...oneShard, { shards, since: 1 }];
  const started = Date.now();
  let sent = 0;
  const lane = async () => {
    while (sent < jobs) {
      const shard = sent++ % shards;
      const id = jobId("bench", shard, ulid());
      const ledger = env.LEDGER.getByName(`${tenant}/bench/${shard}`);
      const { verdict } = await ledger.accept({
        ...{ id, key: "key_bench", limits: generous, limitsVersion: 1, shards: map, spec },
        idempotency: null,
      });
      if (!verdict.ok) throw new Error(verdict.error.detail);
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
  return { millis: Date.now() - started };
}

/** The service's own ledger, and a way to give it a past. */
export class BenchLedger extends TenantLedger {
  constructor(ctx: DurableObjectState, env: ObjectsEnv) {
    super(ctx, { ...env, ...nobodyListens });
  }

  /** Adds settled jobs of a minute ago, each with its idempotency key. Returns the rows there are. */
  fill(rows: number): number {
    const { sql } = this.ctx.storage;
    const first = this.#rows();
    const at = Date.now() - 60_000;
    // Ids in order of age, like real ones: the moment, then a number as the rest.
    const prefix = jobId("bench", 0, ulid(at)).slice(0, -16);
    sql.exec(
      `INSERT INTO jobs (id, status, due, deadline, attempts, resends, created_at, settled_at, deleted,
                         idempotency, fingerprint, spec, outcome)
       WITH RECURSIVE n(i) AS (SELECT ?1 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?2)
       SELECT ?3 || printf('%016d', i), 'done', NULL, ?4, 1, 0, ?4, ?4, 0,
              'past-' || printf('%012d', i), ?5, ?6, ?7 FROM n`,
      first,
      first + rows,
      prefix,
      at,
      "0".repeat(64),
      JSON.stringify(spec),
      JSON.stringify(outcome),
    );
    return this.#rows();
  }

  /** Throws when one is refused. */
  async acceptMany(jobs: number): Promise<void> {
    for (let number = 0; number < jobs; number++) {
      const id = jobId("bench", 0, ulid());
      const { verdict } = await this.accept({
        id,
        key: "key_bench",
        limits: generous,
        limitsVersion: 1,
        idempotency: { key: id, fingerprint: "0".repeat(64) },
        spec,
      });
      if (!verdict.ok) throw new Error(verdict.error.detail);
    }
  }

  #rows(): number {
    return this.ctx.storage.sql.exec<{ n: number }>(`SELECT COUNT(*) AS n FROM jobs`).one().n;
  }
}

/** Only the ledger is timed. */
const nobodyListens: object = {
  FIGURES: { getByName: () => ({ report: async () => undefined }) },
  POINTS: { writeDataPoint: () => undefined },
  DIRECTORY: {},
};

const generous = {
  ...plans.custom,
  requestsPerSecond: 1e6,
  burst: 1e6,
  jobsInFlight: limits.jobsInFlightMax,
};

/** What a photo and one thumbnail leave in a row. */
const spec = specOf(1);
const outcome = outcomeOf(1);
