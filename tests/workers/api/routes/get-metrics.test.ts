import { afterEach, expect, test, vi } from "vitest";
import { limits } from "../../../../core/limits.ts";
import { DAY } from "../../../../core/magnitudes.ts";
import { emptyTotals } from "../../../../core/ledger/usage.ts";
import { Measured } from "../../../../core/metrics/measured.ts";
import type { LedgerMetrics } from "../../../../durable-objects/ledger/ledger-calls.ts";
import { oneShard } from "../../../../core/fleet/shard-map.ts";
import { KnownShards } from "../../../../workers/api/admission/known-shards.ts";
import { RegionHealths } from "../../../../workers/api/admission/region-healths.ts";
import type { Call } from "../../../../workers/api/route.ts";
import { getMetrics } from "../../../../workers/api/routes/figures/get-metrics.ts";
import { metricsSchema } from "../../../../workers/api/routes/figures/metrics-document.ts";
import type { Identity } from "../../../../core/identity/standing.ts";
import { oneRegion } from "../../../one-region.ts";
import { ApiWorld, refusal } from "./api-world.ts";

afterEach(() => void vi.useRealTimers());

const fleet = { ...oneRegion(), regions: ["eu", "us"].flatMap((name) => oneRegion(name).regions) };

/** Of `done` jobs each took `millis`, and one failed. */
function metrics(done: number, millis: number): LedgerMetrics {
  const measured = new Measured();
  for (let job = 0; job < done; job++) measured.took("total", millis);
  measured.failed("deadline-exceeded");
  measured.refused("rate-limited");
  return {
    asOf: 1000 * done,
    open: { jobs: done, oldestMillis: millis },
    totals: { ...emptyTotals, jobsDone: done, jobsFailed: 1 },
    measured: measured.toJSON(),
  };
}

async function ask(answers: Record<string, LedgerMetrics>, query = "") {
  const ledgerOf = (name: string) => ({
    shardMap: async () => oneShard,
    metrics: async () => {
      const answer = answers[name.split("/")[1] ?? ""];
      if (!answer) throw new Error("it is away");
      return answer;
    },
  });
  const env = { FLEET: fleet, LEDGER: { getByName: ledgerOf } };
  const url = new URL(`https://minilab.test/v1/metrics${query}`);
  const shards = new KnownShards();
  const call = { env, healths: new RegionHealths(), shards, url } as unknown as Call;
  if (getMetrics.caller !== "tenant") throw new Error("it is a tenant's route");
  const known = { tenant: "tnt_a", home: null, stays: "anywhere", shards: oneShard };
  const identity = known as unknown as Identity;
  const response = await getMetrics.handle(call, identity);
  return { status: response.status, body: await response.json() };
}

test("ledgers are added up, and shown by region", async () => {
  const { body } = await ask({ eu: metrics(3, 100), us: metrics(1, 4000) });
  expect(body).toMatchObject({
    asOf: "1970-01-01T00:00:01.000Z",
    ledgers: { included: 2, known: 2, missing: [] },
    jobs: { done: 4, failed: 2, open: 4, oldestOpenMillis: 4000 },
    yield: 4 / 6,
    failed: { "deadline-exceeded": 2 },
    refused: { "rate-limited": 2 },
    stages: { total: { count: 4 }, render: { count: 0, p50: null, p999: null } },
    regions: [
      { region: "eu", jobs: { done: 3 }, yield: 3 / 4 },
      { region: "us", jobs: { done: 1 }, yield: 1 / 2 },
    ],
  });
  // All of it is described.
  expect(metricsSchema.parse(body)).toEqual(body);
  const { p50, p99 } = (body as { stages: { total: { p50: number; p99: number } } }).stages.total;
  expect(Math.abs(p50 - 100)).toBeLessThanOrEqual(1.1);
  expect(Math.abs(p99 - 4000)).toBeLessThanOrEqual(40.1);
});

test("a region that does not answer is named", async () => {
  expect((await ask({ eu: metrics(1, 100) })).body).toMatchObject({
    ledgers: { included: 1, known: 2, missing: ["us"] },
    jobs: { done: 1 },
  });
});

test("nothing measured is no share and no time", async () => {
  const none = { ...metrics(0, 0), measured: {}, open: { jobs: 0, oldestMillis: null } };
  expect((await ask({ eu: none, us: none })).body).toMatchObject({
    yield: null,
    jobs: { oldestOpenMillis: null },
  });
});

test("how long the oldest open job waits is told of the regions that have one", async () => {
  const idle = { ...metrics(1, 100), open: { jobs: 0, oldestMillis: null } };
  const { body } = await ask({ eu: idle, us: metrics(1, 100) });
  expect(body).toMatchObject({ jobs: { open: 1, oldestOpenMillis: 100 } });
});

test("the last day is shown up to the end of this hour, and other hours in whole", async () => {
  const shown = async (query: string) => {
    const { body } = await ask({ eu: metrics(1, 1), us: metrics(1, 1) }, query);
    const { from, to } = body as { from: string; to: string };
    return [from, to];
  };
  vi.useFakeTimers({ now: Date.parse("2026-01-02T10:20:00Z"), toFake: ["Date"] });
  expect(await shown("")).toEqual(["2026-01-01T11:00:00.000Z", "2026-01-02T11:00:00.000Z"]);
  const longest = "?from=2025-12-24T10:30:00Z&to=2026-01-01T10:30:00Z";
  expect(await shown(longest)).toEqual(["2025-12-24T10:00:00.000Z", "2026-01-01T10:30:00.000Z"]);
});

test.each(["2026-01-02T00:00:00Z", "2026-01-02T00:00:01Z"])(
  "no period ends before %s, when it begins",
  async (from) => {
    const asked = await ask({}, `?from=${from}&to=2026-01-02T00:00:00Z`);
    expect(asked.body).toMatchObject({ detail: expect.stringContaining("before to") });
  },
);

test("more than is kept is refused", async () => {
  const asked = await ask({}, "?from=2026-01-01T00:00:00Z&to=2026-01-10T00:00:00Z");
  expect(asked).toMatchObject({ status: 400, body: { code: "invalid-option", option: "from" } });
  const days = limits.measuresRetentionMillis / DAY;
  expect(asked.body).toMatchObject({ detail: expect.stringContaining(`at most ${days} days`) });
});

test.each([
  ["to", "2026-13-45"],
  ["from", "yesterday"],
  ["from", "on 2026-01-01"],
  ["from", "2026-01-1"],
])("a time that there is not is refused by its name: %s %s", async (option, text) => {
  const asked = await ask({}, `?${option}=${text}`);
  expect(asked).toMatchObject({ status: 400, body: { code: "invalid-option", option } });
  expect(asked.body).toMatchObject({ detail: expect.stringContaining("must be a time") });
});

test("its answer is a component of the document, and its period has a beginning and an end", () => {
  const schema = { $ref: "#/components/schemas/Metrics" };
  expect(getMetrics.responses["200"]).toMatchObject({
    content: { "application/json": { schema } },
  });
  expect(getMetrics.parameters).toMatchObject([{ name: "from" }, { name: "to" }]);
});

test("a period that is none is a problem that the route says it has", async () => {
  const caller = await new ApiWorld().tenant(["usage:read"]);
  expect(refusal(await caller.get("/v1/metrics?from=never"))).toBe("400 invalid-option from");
});
