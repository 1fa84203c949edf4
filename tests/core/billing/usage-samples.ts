import fc from "fast-check";
import { firstPrevious, sealSegment, type SealedSegment } from "../../../core/ledger/segment.ts";
import {
  addEvent,
  emptyTotals,
  type UsageEvent,
  type UsageTotals,
} from "../../../core/ledger/usage.ts";
import type { Result } from "../../../core/result.ts";

export const ledger = "tnt_a/local/0";
export const hour = 3_600_000;
export const utc = (text: string): number => Date.parse(text);

/** An event like those of real jobs: a 12-megapixel source and one small rendition. */
export function doneAt(at: number, seq: number): UsageEvent {
  return {
    seq,
    job: `job_local_0_${seq}`,
    at,
    outcome: "done",
    outputs: 2,
    bytesIn: 1_000_000,
    bytesOut: 60_000,
    pixels: 12_480_000,
    computeUnits: 117,
    work: {
      key: "key_1",
      sourcePixels: 12_000_000,
      renderMillis: 98,
      files: [
        { format: "webp", bytes: 20_000, pixels: 240_000 },
        { format: "avif", bytes: 40_000, pixels: 240_000 },
      ],
    },
  };
}

/** What one job may have used, without its number and time. */
const work = fc.oneof(
  fc.record({
    outcome: fc.constant("done" as const),
    outputs: fc.integer({ min: 1, max: 16 }),
    bytesIn: fc.integer({ min: 1, max: 64 * 2 ** 20 }),
    bytesOut: fc.integer({ min: 1, max: 64 * 2 ** 20 }),
    pixels: fc.integer({ min: 2, max: 116_000_000 }),
    computeUnits: fc.integer({ min: 1, max: 25_000 }),
  }),
  fc.record({
    outcome: fc.constant("failed" as const),
    outputs: fc.constant(0),
    bytesIn: fc.integer({ min: 1, max: 64 * 2 ** 20 }),
    bytesOut: fc.constant(0),
    pixels: fc.constant(0),
    computeUnits: fc.constant(0),
  }),
);

/** Pauses between two settlements: the same moment, seconds, up to a day, and straight to an hour's edge. */
const pause = fc.oneof(
  fc.integer({ min: 0, max: 5_000 }),
  fc.integer({ min: 0, max: 24 * hour }),
  fc.constantFrom(hour - 1, hour, hour + 1),
);

/** Events of one ledger around the turn of a month, in order. */
export const eventHistory = fc
  .array(fc.tuple(work, pause, fc.string({ minLength: 1, maxLength: 30 })), {
    minLength: 1,
    maxLength: 60,
  })
  .map((jobs) => {
    let at = utc("2026-10-30T22:00:00.000Z");
    return jobs.map(([used, millis, job], index): UsageEvent => {
      at += millis;
      return { seq: index + 1, job, at, ...used };
    });
  });

/** Cuts the events into segments whose sizes come from `sizes`, used over and over. */
export function sealAll(events: readonly UsageEvent[], sizes: readonly number[]): SealedSegment[] {
  const segments: SealedSegment[] = [];
  for (let from = 0; from < events.length;) {
    const size = sizes[segments.length % sizes.length] ?? 1;
    const content = events.slice(from, from + size);
    const sealedAt = Math.max(...content.map(({ at }) => at)) + 1;
    const previous = segments.at(-1)?.hash ?? firstPrevious;
    segments.push(
      sealSegment({ ledger, number: segments.length + 1, previous, sealedAt, events: content }),
    );
    from += size;
  }
  return segments;
}

export const segmentSizes = fc.array(fc.integer({ min: 1, max: 12 }), {
  minLength: 1,
  maxLength: 5,
});

/** The sum as a reader of the raw events would take it. */
export function directSum(events: readonly UsageEvent[]): UsageTotals {
  return events.reduce(addEvent, emptyTotals);
}

/** The value of a result that must be one. */
export function valueOf<Value>(result: Result<Value, unknown>): Value {
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.error)}`);
  return result.value;
}
