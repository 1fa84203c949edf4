import { describe, expect, test } from "vitest";
import { usesOfExpressJob, usesOfJob } from "../../bench/capacity/assumptions.ts";
import { EventQueue } from "../../bench/capacity/event-queue.ts";
import { busyMillis, costPerThousand, draw, sizeFleet } from "../../bench/capacity/fleet-size.ts";
import { simulateLoad } from "../../bench/capacity/simulate-load.ts";

test("events happen in the order of their times, also those that events add", () => {
  const events = new EventQueue();
  const times = [5, 1, 4, 1, 9, 3, 7, 2, 8, 6];
  const seen: number[] = [];
  for (const at of times) {
    events.add(at, (now) => {
      seen.push(now);
      if (now === 2) events.add(2.5, (then) => seen.push(then));
    });
  }
  events.run();
  expect(seen).toEqual([1, 1, 2, 2.5, 3, 4, 5, 6, 7, 8, 9]);
});

test("half of the draws are below the median, one in a hundred above p99", () => {
  const fractions = Array.from({ length: 40 }, (_, number) => (number + 0.5) / 40);
  const draws = fractions.flatMap((one) =>
    fractions.map((two) => draw({ p50: 20, p99: 80 }, one, two)),
  );
  const share = (limit: number) => draws.filter((each) => each > limit).length / draws.length;
  expect(share(20)).toBeCloseTo(0.5, 1);
  expect(share(80)).toBeGreaterThan(0.003);
  expect(share(80)).toBeLessThan(0.02);
});

describe("a region's size", () => {
  test("has consumers for the time that renders take, in queues of 250, and one queue more", () => {
    const { queues, shards, consumers } = sizeFleet(10_000);
    expect(consumers * 0.7).toBeGreaterThanOrEqual((10_000 * busyMillis()) / 1000);
    expect((queues - 1) * 250).toBeGreaterThanOrEqual(consumers);
    expect((queues - 2) * 250).toBeLessThan(consumers);
    expect(shards).toBe(40);
  });

  test("is one queue and its spare for next to nothing", () => {
    expect(sizeFleet(1)).toMatchObject({ queues: 2, shards: 1, consumers: 1 });
  });
});

test("what a thousand jobs cost is the sum of its parts, and less over the binding", () => {
  const { total, ...parts } = costPerThousand(usesOfJob);
  expect(Object.values(parts).reduce((sum, part) => sum + part, 0)).toBeCloseTo(total, 4);
  expect(costPerThousand(usesOfExpressJob).total).toBeLessThan(total - 0.005);
});

describe("a region under load", () => {
  const load = {
    jobsPerSecond: 500,
    queues: 4,
    queuesPerTenant: 3,
    seconds: 3,
    seed: 7,
    lost: null,
  };

  test("is the same for the same seed, and answers everything", () => {
    expect(simulateLoad(load)).toEqual(simulateLoad(load));
    expect(simulateLoad(load).yield).toBe(1);
  });

  test("that lost a queue answers everything, what waited in it later", () => {
    const { yield: answered, p50Ms } = simulateLoad({ ...load, lost: "queue" });
    expect(answered).toBe(1);
    expect(p50Ms).toBeLessThan(1.2 * simulateLoad(load).p50Ms);
  });

  test("that lost a ledger refuses that tenant only", () => {
    const { yield: answered } = simulateLoad({ ...load, jobsPerSecond: 2_000, lost: "shard" });
    expect(answered).toBeGreaterThan(0.99);
    expect(answered).toBeLessThan(1);
  });

  test("that is lost sends elsewhere what may go", () => {
    const { yield: answered } = simulateLoad({ ...load, lost: "region" });
    // A third of the time, for the share that may not leave and for what each isolate had to try.
    expect(answered).toBeLessThan(0.9);
    expect(answered).toBeGreaterThan(0.6);
  });

  test("beyond its consumers refuses rather than waits", () => {
    const over = { ...load, jobsPerSecond: 6_000, queues: 1, seconds: 8 };
    const { yield: answered, p999Ms } = simulateLoad(over);
    expect(answered).toBeLessThan(0.9);
    expect(p999Ms).toBeLessThan(15_000);
  });
});
