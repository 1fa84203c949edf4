import { afterEach, expect, test, vi } from "vitest";
import { limits } from "../../../../core/limits.ts";
import { serviceMetrics } from "../../../../workers/billing/metrics/service-metrics.ts";
import { oneRegion } from "../../../one-region.ts";
import { MemoryBucket } from "../memory-books.ts";

afterEach(() => void vi.useRealTimers());

/** Of two of the objects that share a region's figures. */
const parts = [
  { counts: { done: 2 }, open: 1, oldestAt: null, stages: { total: { sum: 5, bins: [80, 1] } } },
  { counts: { done: 1 }, open: 2, oldestAt: 0, stages: { total: { sum: 7, bins: [80, 2] } } },
] as const;

const metricsOf = (bucket: MemoryBucket, ...more: Promise<never>[]) =>
  serviceMetrics({
    ...{ fleet: oneRegion(), bucket, now: () => 0 },
    figures: () => [...parts.map((part) => Promise.resolve(part)), ...more],
  });

test("what the books tell is among the metrics", async () => {
  const text = await metricsOf(new MemoryBucket());
  expect(text).toMatch(/^minilab_audit_breaches\{.*\} 0$/m);
  expect(text).toMatch(/^minilab_witness_unlogged_seconds 0$/m);
});

test("what the objects of a region hold is added up", async () => {
  const text = await metricsOf(new MemoryBucket());
  expect(text).toMatch(/^minilab_jobs_total\{.*done.*\} 3$/m);
  expect(text).toMatch(/^minilab_open_jobs\{.*\} 3$/m);
  expect(text).toMatch(/_count\{.*total.*\} 3$/m);
});

test.each([
  ["fails", () => Promise.reject(new Error("R2 is down"))],
  ["does not answer", () => new Promise<never>(() => undefined)],
])("where storage %s, that is left out and all else is told", async (_, list) => {
  vi.useFakeTimers();
  const warned = vi.spyOn(console, "warn").mockReturnValue();
  const bucket = new MemoryBucket();
  bucket.list = list;
  const telling = metricsOf(bucket);
  await vi.advanceTimersByTimeAsync(limits.reportMillisMax);
  const text = await telling;
  expect(text).toMatch(/^minilab_open_jobs\{.*\} 3$/m);
  expect(text).not.toMatch(/^minilab_(audit|witness)_\w+[ {]/m);
  expect(warned).toHaveBeenCalledTimes(2);
  warned.mockRestore();
});

test("a region of which an object does not answer is down, and the log says which and why", async () => {
  const warned = vi.spyOn(console, "warn").mockReturnValue();
  const text = await metricsOf(new MemoryBucket(), Promise.reject(new Error("away")));
  expect(text).toMatch(/^minilab_region_up\{.*\} 0$/m);
  expect(text).not.toContain("minilab_open_jobs{");
  expect(warned.mock.calls).toEqual([
    [{ event: "figures-not-read", region: "local", cause: "Error: away" }],
  ]);
  warned.mockRestore();
});
