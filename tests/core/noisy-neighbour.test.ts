import { expect, test } from "vitest";
import { limits } from "../../core/limits.ts";
import { NoisyNeighbour } from "../../core/noisy-neighbour.ts";

/** Somebody came before, and then one who may be too many. */
function neighbourAfter(millis: number) {
  const clock = { millis: 1_000_000, now: () => clock.millis };
  const neighbour = new NoisyNeighbour(clock);
  neighbour.came("tnt_quiet", false);
  clock.millis += millis;
  neighbour.came("tnt_noisy", false);
  return { neighbour, clock };
}

const quarter = limits.expressJobsMax / 4;
const twoThirds = (limits.expressJobsMax * 2) / 3;

test("a tenant with more than a quarter of an isolate's jobs waiting crowds the others", () => {
  const { neighbour } = neighbourAfter(100);
  expect(neighbour.is("tnt_noisy", quarter)).toBe(false);
  expect(neighbour.is("tnt_noisy", quarter + 1)).toBe(true);
});

test("and one with more than two thirds of the last renders, of which older ones are forgotten", () => {
  const { neighbour } = neighbourAfter(100);
  const began = (tenant: string, times: number) => {
    for (let time = 0; time < times; time++) neighbour.began(tenant);
  };
  began("tnt_noisy", twoThirds);
  expect(neighbour.is("tnt_noisy", 0)).toBe(false);
  began("tnt_noisy", 1);
  expect(neighbour.is("tnt_noisy", 0)).toBe(true);
  expect(neighbour.is("tnt_quiet", 0)).toBe(false);
  began("tnt_quiet", limits.expressJobsMax - twoThirds - 1);
  expect(neighbour.is("tnt_noisy", 0)).toBe(true);
  began("tnt_quiet", 1);
  expect(neighbour.is("tnt_noisy", 0)).toBe(false);
});

test("a tenant that is alone is no noisy neighbour", () => {
  const { neighbour, clock } = neighbourAfter(limits.sharedMillis);
  expect(neighbour.is("tnt_noisy", 100)).toBe(false);
  clock.millis += 10;
  neighbour.came("tnt_noisy", false);
  expect(neighbour.is("tnt_noisy", 100)).toBe(false);
  neighbour.came("tnt_quiet", false);
  expect(neighbour.is("tnt_noisy", 100)).toBe(true);
});

test("nor when the others have been away for a while", () => {
  const { neighbour, clock } = neighbourAfter(limits.sharedMillis - 1);
  clock.millis += limits.sharedMillis - 1;
  neighbour.came("tnt_noisy", false);
  expect(neighbour.is("tnt_noisy", 100)).toBe(true);
  clock.millis += 1;
  expect(neighbour.is("tnt_noisy", 100)).toBe(false);
});
