import { describe, expect, test } from "vitest";
import {
  feltAt,
  isFilling,
  pressureAt,
  pressureWaitMillis,
} from "../../../core/ledger/pressure.ts";
import { limits } from "../../../core/limits.ts";

const now = Date.UTC(2026, 10, 20, 12);
const half = limits.pressureHalfLifeMillis;
const small = { computeUnits: 1 };
const units = (computeUnits: number) => ({ computeUnits });

describe("pressure", () => {
  test("is what the queue said, and half of it after each half-life", () => {
    const reading = { waiting: 80, oldestMillis: 4000, at: now };
    expect(pressureAt([reading], now)).toEqual({ waiting: 80, oldestMillis: 4000 });
    expect(pressureAt([reading], now + half)).toEqual({ waiting: 40, oldestMillis: 2000 });
    expect(pressureAt([reading], now + 3 * half)).toEqual({ waiting: 10, oldestMillis: 500 });
  });

  test("is not more for a clock that stepped back", () => {
    const reading = { waiting: 80, oldestMillis: 4000, at: now };
    expect(pressureAt([reading], now - half)).toEqual({ waiting: 80, oldestMillis: 4000 });
  });

  test("is the worst of all queues, each by its own age", () => {
    const readings = [
      { waiting: 100, oldestMillis: 0, at: now - half },
      { waiting: 40, oldestMillis: 7000, at: now },
    ];
    expect(pressureAt(readings, now)).toEqual({ waiting: 50, oldestMillis: 7000 });
    expect(pressureAt([], now)).toEqual({ waiting: 0, oldestMillis: 0 });
  });
});

describe("what is felt of it", () => {
  const none = { waiting: 0, oldestMillis: 0, at: now };
  const long = { waiting: 80, oldestMillis: 4000 };

  test("is the pressure while that grows", () => {
    expect(feltAt(none, long, now)).toEqual({ ...long, at: now });
    const more = { waiting: 90, oldestMillis: 5000 };
    expect(feltAt({ ...long, at: now }, more, now + 1)).toEqual({ ...more, at: now + 1 });
  });

  test("fades by half in each half-life when a long queue has been worked off all at once", () => {
    const felt = feltAt({ ...long, at: now }, none, now + half);
    expect(felt).toEqual({ waiting: 40, oldestMillis: 2000, at: now + half });
    expect(feltAt(felt, none, now + 2 * half)).toMatchObject({ waiting: 20, oldestMillis: 1000 });
  });

  test("lets in little by little who had filled the queues", () => {
    const old = { waiting: 0, oldestMillis: 8 * limits.strainedAgeMillis, at: now };
    const mayHold = (at: number) => {
      const felt = feltAt(old, none, at);
      return [300, 1000, 4000].filter((held) => pressureWaitMillis(felt, units(held), small) === 0);
    };
    expect(mayHold(now + half)).toEqual([300]);
    expect(mayHold(now + 2 * half)).toEqual([300, 1000]);
    expect(mayHold(now + 3 * half)).toEqual([300, 1000, 4000]);
  });
});

describe("while the queues are short", () => {
  test("a tenant may hold whatever it was granted", () => {
    const pressure = { waiting: limits.strainedBacklog, oldestMillis: limits.strainedAgeMillis };
    expect(pressureWaitMillis(pressure, units(1e9), small)).toBe(0);
    expect(pressureWaitMillis({ waiting: 0, oldestMillis: 0 }, units(1e9), small)).toBe(0);
  });
});

test("queues fill up from half of what makes them long on, by messages or by age", () => {
  const [waiting, oldestMillis] = [limits.strainedBacklog / 2, limits.strainedAgeMillis / 2];
  const much = units(limits.heldUnitsMin / 2 + 1);
  expect(isFilling({ waiting: waiting - 1, oldestMillis: oldestMillis - 1 }, much)).toBe(false);
  expect(isFilling({ waiting, oldestMillis: 0 }, much)).toBe(true);
  expect(isFilling({ waiting: 0, oldestMillis }, much)).toBe(true);
});

test("but not for a tenant that holds half of what is always allowed", () => {
  const pressure = { waiting: 10 * limits.strainedBacklog, oldestMillis: 0 };
  expect(isFilling(pressure, units(limits.heldUnitsMin / 2))).toBe(false);
});

describe("when the queues are long", () => {
  const long = { waiting: 2 * limits.strainedBacklog, oldestMillis: 0 };
  const old = { waiting: 0, oldestMillis: 2 * limits.strainedAgeMillis };

  test.each([
    ["many messages wait", long],
    ["a message waits long", old],
  ])("because %s, what a tenant may hold shrinks, by its units", (_, pressure) => {
    const share = limits.heldUnitsAtStrain / 4;
    expect(pressureWaitMillis(pressure, units(share - 1), small)).toBe(0);
    expect(pressureWaitMillis(pressure, units(share), small)).toBe(limits.busyRetryMillis);
    expect(pressureWaitMillis(pressure, units(share - 10), units(11))).toBeGreaterThan(0);
  });

  test("a tenant that holds little is let in, and one job however much it costs", () => {
    const nearlyFull = { waiting: limits.queueBacklogMax, oldestMillis: limits.queueAgeMillisMax };
    expect(pressureWaitMillis(nearlyFull, units(limits.heldUnitsMin - 1), small)).toBe(0);
    expect(pressureWaitMillis(nearlyFull, units(0), units(1e6))).toBe(0);
    expect(pressureWaitMillis(nearlyFull, units(limits.heldUnitsMin), small)).toBeGreaterThan(0);
  });

  test("a refused tenant may ask again soon, and is let in when the reading has decayed", () => {
    const reading = { waiting: 4 * limits.strainedBacklog, oldestMillis: 0, at: now };
    const held = units(limits.heldUnitsAtStrain - 1);
    const wait = (at: number) => pressureWaitMillis(pressureAt([reading], at), held, small);
    expect(wait(now)).toBe(limits.busyRetryMillis);
    expect(wait(now + 2 * half - 1)).toBe(limits.busyRetryMillis);
    expect(wait(now + 2 * half)).toBe(0);
  });
});

describe("when a queue is full", () => {
  test.each([
    ["messages", { waiting: 4 * limits.queueBacklogMax, oldestMillis: 0 }],
    ["age", { waiting: 0, oldestMillis: 4 * limits.queueAgeMillisMax }],
  ])("by its %s, everybody is refused until it has decayed", (_, pressure) => {
    expect(pressureWaitMillis(pressure, units(0), small)).toBe(2 * half);
    const reading = { ...pressure, at: now };
    expect(pressureWaitMillis(pressureAt([reading], now + 2 * half), units(0), small)).toBe(0);
  });

  test("nobody is sent away for longer than anybody can know, or for no time at all", () => {
    const beyond = { waiting: 1e9, oldestMillis: 0 };
    expect(pressureWaitMillis(beyond, units(0), small)).toBe(limits.pressureRetryMillisMax);
    const barely = { waiting: limits.queueBacklogMax + 1, oldestMillis: 0 };
    expect(pressureWaitMillis(barely, units(0), small)).toBe(limits.busyRetryMillis);
  });
});
