import { oneShard } from "../../../../core/fleet/shard-map.ts";
import { beforeEach, describe, expect, test } from "vitest";
import { limitsOf, plans } from "../../../../core/identity/tenant-limits.ts";
import { LedgerWorld } from "../ledger-world.ts";

let world: LedgerWorld;
beforeEach(() => {
  world = new LedgerWorld();
});

const brought = { limits: limitsOf("custom", { jobsPerMonth: 5 }), limitsVersion: 1 };

describe("an account", () => {
  test("counts what is in flight as used", () => {
    world.accept(brought);
    expect(world.ledger.account(brought)).toMatchObject({
      terms: { version: 1, limits: { jobsPerMonth: 5 } },
      used: { jobsInFlight: 1, jobsThisMonth: 1 },
      notices: [],
    });
  });

  test("counts places that are kept as used", () => {
    for (let places = 0; places < 2; places++) {
      const place = { ...world.request(brought), idempotencyKey: null, computeUnits: 5 };
      expect(world.reserve(place).verdict.ok).toBe(true);
    }
    expect(world.ledger.account(brought).used).toMatchObject({
      ...{ jobsInFlight: 2, jobsThisMonth: 2, computeUnitsThisMonth: 10 },
    });
  });

  test("shows the terms that the Directory told, whatever KV still says", () => {
    const told = { version: 7, limits: plans.free, status: "active", shards: oneShard } as const;
    world.ledger.setTerms(told);
    expect(world.ledger.account(brought).terms).toEqual(told);
    world.ledger.setTerms({ ...told, version: 6, limits: plans.scale });
    expect(world.ledger.account(brought).terms).toEqual(told);
    world.wake();
    expect(world.ledger.account(brought).terms).toEqual(told);
  });

  test("of another shard has no notices: it knows of its part only", async () => {
    const first = world;
    const other = new LedgerWorld(1, { lease: async (...given) => first.ledger.lease(...given) });
    for (let jobs = 0; jobs < 4; jobs++) await other.ledger.accept(other.request(brought));
    expect(other.ledger.account(brought)).toMatchObject({
      used: { jobsThisMonth: 4 },
      notices: [],
    });
  });

  test("has a notice at 80 and at 100 per cent, each once, after a restart too", () => {
    for (let job = 0; job < 4; job++) world.accept(brought);
    const shares = () => world.ledger.account(brought).notices.map(({ share }) => share);
    expect(shares()).toEqual([0.8]);
    world.wake();
    world.accept(brought);
    expect(new Set(shares())).toEqual(new Set([0.8, 1]));
  });
});

test("a source that is larger than the plan is refused before it is stored and when it comes", () => {
  const request = world.request({
    limits: limitsOf("custom", { sourcePixelsMax: 1 }),
    limitsVersion: 1,
  });
  expect(world.answer(request).verdict).toMatchObject({ error: { code: "over-plan" } });
  const { id, key, limits, limitsVersion, spec } = request;
  const place = { id, key, limits, limitsVersion, idempotencyKey: null, computeUnits: 1 };
  expect(world.reserve({ ...place, source: spec.source }).verdict).toMatchObject({
    error: { code: "over-plan" },
  });
});

test("with one unit left of a quota, exactly one of many jobs is accepted", () => {
  const { computeUnits } = world.request().spec;
  const limits = limitsOf("custom", { computeUnitsPerMonth: computeUnits, burst: 1000 });
  const accepted = Array.from({ length: 200 }, () =>
    world.answer(world.request({ limits, limitsVersion: 1 })),
  ).filter(({ verdict }) => verdict.ok);
  expect(accepted).toHaveLength(1);
});
