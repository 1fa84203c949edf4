import { beforeEach, expect, test } from "vitest";
import { limits } from "../../../core/limits.ts";
import { Alarm } from "../../../durable-objects/ledger/alarm.ts";
import type { Host, LogEvent } from "../../../durable-objects/ports.ts";

let now: number;
let nextWake: number;
let looks: number;
let set: number[];
let logged: LogEvent[];
let alarm: Alarm;
beforeEach(() => {
  now = 1000;
  nextWake = Infinity;
  looks = 0;
  set = [];
  logged = [];
  alarm = new Alarm(
    {
      name: "tnt_x/local/0",
      now: () => now,
      storage: { setAlarm: async (at: number) => void set.push(at) },
      background: () => undefined,
      log: { error: (event: LogEvent) => void logged.push(event) },
    } as unknown as Host,
    () => {
      looks += 1;
      return nextWake;
    },
  );
});

test("an alarm is set once, and again only for an earlier time", () => {
  alarm.setBy(5000);
  alarm.setBy(5000);
  alarm.setBy(6000);
  expect(set).toEqual([5000]);
  alarm.setBy(4999);
  expect(set).toEqual([5000, 4999]);
});

test("an object that just woke does not set it later than its stored work is due", () => {
  nextWake = 3000;
  alarm.setBy(5000);
  expect(set).toEqual([3000]);
  alarm.setBy(4000);
  expect(set).toEqual([3000]);
});

test("once it is known when it rings, no call looks at the stored work again", () => {
  for (let calls = 0; calls < 10; calls++) alarm.setBy(5000 - calls);
  expect(looks).toBe(1);
});

test("without anything to do it is not set", () => {
  alarm.setBy(Infinity);
  expect(set).toEqual([]);
});

test("it does every duty in turn, and is set for what is due next", async () => {
  const done: string[] = [];
  nextWake = 50_000;
  await alarm.ring([
    () => void done.push("first"),
    async () => {
      await Promise.resolve();
      done.push("second");
    },
    () => void done.push("third"),
  ]);
  expect(done).toEqual(["first", "second", "third"]);
  expect(set).toEqual([50_000]);
  expect(logged).toEqual([]);
});

test("after it rang it rests, whatever is due", async () => {
  nextWake = 0;
  await alarm.ring([]);
  expect(set).toEqual([now + limits.alarmPauseMillis]);
  alarm.setBy(now);
  expect(set).toHaveLength(1);
});

test("a duty that fails is logged, holds up no other, and makes the rest longer", async () => {
  const done: string[] = [];
  nextWake = 0;
  await alarm.ring([
    () => {
      throw new Error("away");
    },
    () => void done.push("second"),
  ]);
  expect(done).toEqual(["second"]);
  expect(logged).toEqual([
    { event: "alarm-duty-failed", object: "tnt_x/local/0", cause: "Error: away" },
  ]);
  expect(set).toEqual([now + limits.alarmRetryMillis]);
});

test("the rest begins when the last duty has ended", async () => {
  nextWake = 0;
  await alarm.ring([() => void (now += 7000)]);
  expect(set).toEqual([8000 + limits.alarmPauseMillis]);
});

test("what is asked for while it rings is set, though an earlier time had been", async () => {
  alarm.setBy(2000);
  nextWake = Infinity;
  await alarm.ring([() => alarm.setBy(9000)]);
  expect(set).toEqual([2000, 9000]);
});

test("a clock that steps back makes no rest longer", async () => {
  now = 4_000_000;
  await alarm.ring([]);
  now -= 3_600_000;
  alarm.setBy(now);
  expect(set).toEqual([now + limits.alarmRetryMillis]);
});
