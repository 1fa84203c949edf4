import { expect, test } from "vitest";
import { limits } from "../../core/limits.ts";
import { Crowd } from "../../core/crowd.ts";

/** Somebody came before, and then one who may be too many. */
function crowdAfter(millis: number) {
  const clock = { millis: 1_000_000, now: () => clock.millis };
  const crowd = new Crowd(clock);
  crowd.came("tnt_quiet", false);
  clock.millis += millis;
  crowd.came("tnt_crowd", false);
  return { crowd, clock };
}

const quarter = limits.expressJobsMax / 4;
const twoThirds = (limits.expressJobsMax * 2) / 3;

test("a tenant with more than a quarter of an isolate's jobs waiting crowds the others", () => {
  const { crowd } = crowdAfter(100);
  expect(crowd.isMadeBy("tnt_crowd", quarter)).toBe(false);
  expect(crowd.isMadeBy("tnt_crowd", quarter + 1)).toBe(true);
});

test("and one with more than two thirds of the last renders, of which older ones are forgotten", () => {
  const { crowd } = crowdAfter(100);
  const began = (tenant: string, times: number) => {
    for (let time = 0; time < times; time++) crowd.began(tenant);
  };
  began("tnt_crowd", twoThirds);
  expect(crowd.isMadeBy("tnt_crowd", 0)).toBe(false);
  began("tnt_crowd", 1);
  expect(crowd.isMadeBy("tnt_crowd", 0)).toBe(true);
  expect(crowd.isMadeBy("tnt_quiet", 0)).toBe(false);
  began("tnt_quiet", limits.expressJobsMax - twoThirds - 1);
  expect(crowd.isMadeBy("tnt_crowd", 0)).toBe(true);
  began("tnt_quiet", 1);
  expect(crowd.isMadeBy("tnt_crowd", 0)).toBe(false);
});

test("a tenant that is alone delays nobody", () => {
  const { crowd, clock } = crowdAfter(limits.sharedMillis);
  expect(crowd.isMadeBy("tnt_crowd", 100)).toBe(false);
  clock.millis += 10;
  crowd.came("tnt_crowd", false);
  expect(crowd.isMadeBy("tnt_crowd", 100)).toBe(false);
  crowd.came("tnt_quiet", false);
  expect(crowd.isMadeBy("tnt_crowd", 100)).toBe(true);
});

test("nor when the others have been away for a while", () => {
  const { crowd, clock } = crowdAfter(limits.sharedMillis - 1);
  clock.millis += limits.sharedMillis - 1;
  crowd.came("tnt_crowd", false);
  expect(crowd.isMadeBy("tnt_crowd", 100)).toBe(true);
  clock.millis += 1;
  expect(crowd.isMadeBy("tnt_crowd", 100)).toBe(false);
});
