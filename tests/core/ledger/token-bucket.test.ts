import fc from "fast-check";
import { expect, test } from "vitest";
import { fullBucket, takeToken } from "../../../core/ledger/token-bucket.ts";

const start = Date.UTC(2026, 10, 20, 12);
const rate = fc.record({
  perSecond: fc.integer({ min: 1, max: 250 }),
  burst: fc.integer({ min: 1, max: 1000 }),
});
/** Milliseconds between asks: crowds, trickles, and a clock that steps back. */
const pauses = fc.array(
  fc.oneof(fc.constant(0), fc.integer({ min: -50, max: 50 }), fc.integer({ min: 0, max: 5000 })),
  { maxLength: 300 },
);

test("no window sees more tokens than its length times the rate, and one burst", () => {
  fc.assert(
    fc.property(rate, pauses, (given, steps) => {
      let bucket = fullBucket(given, start);
      let now = start;
      // Time as the bucket can have seen it: the latest the clock has shown.
      let latest = start;
      const takenAt: number[] = [];
      for (const step of steps) {
        now += step;
        latest = Math.max(latest, now);
        const answer = takeToken(bucket, given, now);
        bucket = answer.bucket;
        if (answer.taken) takenAt.push(latest);
      }
      // Of every window between two tokens: how many more were taken than are allowed.
      const excess = takenAt.flatMap((from, first) =>
        takenAt.slice(first).map((to, more) => {
          const allowed = given.burst + ((to - from) * given.perSecond) / 1000;
          return more + 1 - allowed;
        }),
      );
      expect(Math.max(0, ...excess)).toBe(0);
    }),
  );
});

test("after the wait that was told a token is there, and a millisecond before it is not", () => {
  fc.assert(
    fc.property(rate, pauses, (given, steps) => {
      let bucket = fullBucket(given, start);
      let now = start;
      for (const step of steps) {
        now += Math.abs(step);
        const answer = takeToken(bucket, given, now);
        bucket = answer.bucket;
        expect(answer.waitMillis > 0).toBe(!answer.taken);
        if (answer.taken) continue;
        expect(takeToken(bucket, given, now + answer.waitMillis).taken).toBe(true);
        expect(takeToken(bucket, given, now + answer.waitMillis - 1).taken).toBe(false);
      }
    }),
  );
});

test("an idle bucket is full again and no fuller", () => {
  const given = { perSecond: 10, burst: 3 };
  const taken: boolean[] = [];
  let bucket = { milliTokens: 0, at: start };
  for (let ask = 0; ask < 4; ask++) {
    const answer = takeToken(bucket, given, start + 3_600_000);
    taken.push(answer.taken);
    bucket = answer.bucket;
  }
  expect(taken).toEqual([true, true, true, false]);
});

test("a clock that is set back by an hour freezes no bucket, and refills none", () => {
  const given = { perSecond: 10, burst: 3 };
  const ahead = { milliTokens: 0, at: start + 3_600_000 };
  const set = takeToken(ahead, given, start);
  expect(set).toEqual({ bucket: { milliTokens: 0, at: start }, taken: false, waitMillis: 100 });
  expect(takeToken(set.bucket, given, start + 100).taken).toBe(true);
  const corrected = takeToken({ milliTokens: 0, at: start + 1000 }, given, start);
  expect(corrected.bucket.at).toBe(start + 1000);
});
