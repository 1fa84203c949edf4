import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { JobSpec } from "../../../../core/job/job.ts";
import { limits } from "../../../../core/limits.ts";
import { ExpressLane, expressAsk } from "../../../../workers/api/admission/express-lane.ts";
import type { ExpressEnd } from "../../../../core/job/express-calls.ts";
import { Timing } from "../../../../workers/api/http/timing.ts";

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const spec = (bytes: number, computeUnits: number): JobSpec => ({
  source: { bytes, width: 1, height: 1, format: "png" },
  transforms: [],
  computeUnits,
});

const rendition = { key: "k", bytes: new Uint8Array(1), etag: '"1"' };
const asked = { tenant: "tnt_a", job: "job_1" };
const never = () => new Promise<never>(() => undefined);
const broken = () => Promise.reject(new Error("the isolate ended"));
const ended = (isKnown: boolean, renditions: (typeof rendition)[]) => async () =>
  ({ verdict: "ended", isKnown, renditions }) as const;
const busy = async () => ({ verdict: "busy" }) as const;

const untaken = { kind: "untaken", lost: false, unbegun: false };
const patience = limits.expressMillisMax;
const slow = limits.expressFailedMillis;

describe("what becomes of a job, and how long the queue has the next ones", () => {
  test.each<[string, () => Promise<ExpressEnd>, number, object, number]>([
    ["it is rendered", ended(true, [rendition]), patience, { kind: "rendered" }, 0],
    ["its ledger knows", ended(true, []), patience, { kind: "ended" }, 0],
    ["its ledger did not hear", ended(false, []), patience, untaken, 0],
    ["the lane is full", busy, patience, { ...untaken, unbegun: true }, limits.expressBusyMillis],
    ["the lane broke", broken, patience, { ...untaken, lost: true }, slow],
    // It may render still: nobody else is sent the job.
    ["the lane is late", never, patience, untaken, slow],
    ["late for a client that waits", never, 5000, untaken, slow],
    ["the client did not wait for the lane", never, 1000, untaken, 0],
  ])("%s", async (_, render, millisMax, expected, pauseMillis) => {
    const lane = new ExpressLane();
    const rendering = lane.render(new Timing(), asked, render, millisMax);
    await vi.advanceTimersByTimeAsync(render === never ? millisMax : 0);
    expect(await rendering).toMatchObject(expected);
    const takes = () => lane.takes("tnt_a", spec(1, 1), Date.now());
    vi.advanceTimersByTime(Math.max(0, pauseMillis - 1));
    expect(takes()).toBe(pauseMillis === 0);
    vi.advanceTimersByTime(1);
    expect(takes()).toBe(true);
  });
});

test.each([
  ["busy for one tenant: others are taken", busy, true],
  ["broken: it is so for all", broken, false],
] as const)("the lane is %s", async (_, render, takesOthers) => {
  const lane = new ExpressLane();
  await lane.render(new Timing(), asked, render, patience);
  const takes = (tenant: string) => lane.takes(tenant, spec(1, 1), Date.now());
  expect([takes("tnt_a"), takes("tnt_b")]).toEqual([false, takesOthers]);
});

test.each([
  ["larger sources", spec(limits.expressBytesMax + 1, 1)],
  ["longer renders", spec(1, limits.expressUnitsMax + 1)],
  [
    "with an overlay that makes them larger",
    { ...spec(limits.expressBytesMax, 1), overlay: spec(1, 1).source },
  ],
])("%s take the queue", (_, large) => {
  expect(new ExpressLane().takes("tnt_a", large, Date.now())).toBe(false);
  const largest = spec(limits.expressBytesMax, limits.expressUnitsMax);
  expect(new ExpressLane().takes("tnt_a", largest, 0)).toBe(true);
});

test("a job that was claimed goes with its claim, which is as old as the question for it", () => {
  const job = { ledger: "tnt_a/local/0", job: "job_1", sourceBytes: 3 };
  expect(expressAsk(job, undefined)).toEqual(job);
  const claim = { attempt: 2, spec: spec(3, 1), askedAt: Date.now() };
  vi.setSystemTime(Date.now() + 70);
  const { askedAt: _askedAt, ...about } = claim;
  expect(expressAsk(job, claim)).toEqual({ ...job, claim: { ...about, sinceMillis: 70 } });
  // The clock has stepped back.
  vi.setSystemTime(claim.askedAt - 1);
  expect(expressAsk(job, claim).claim?.sinceMillis).toBe(0);
});
