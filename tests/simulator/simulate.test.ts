import { expect, test } from "vitest";
import { simulate } from "../../simulator/simulate.ts";
import { drawProfile } from "../../simulator/world/profile.ts";
import { scenarios } from "../../simulator/world/scenarios.ts";

test("the same seed gives the same history, to the byte", async () => {
  const run = () => simulate(7, 300, drawProfile(7), true);
  const [first, second] = [await run(), await run()];
  expect(second.traceHash).toBe(first.traceHash);
  expect(second.history).toEqual(first.history);
  expect(first.history.length).toBeGreaterThan(50);
});

test("another seed gives another history", async () => {
  const hashes = new Set<string>();
  for (const seed of [1, 2, 3]) {
    hashes.add((await simulate(seed, 200, drawProfile(seed))).traceHash);
  }
  expect(hashes.size).toBe(3);
});

test("where nothing goes wrong, every job is done with one render, and one message or none", async () => {
  const calm = scenarios["calm"];
  if (!calm) throw new Error("there is a calm world");
  const { violations, jobs, messages, renders } = await simulate(1, 600, calm(1));
  expect(violations).toEqual([]);
  expect(jobs).toBeGreaterThan(10);
  expect(renders).toBe(jobs);
  // Whose client waits is done over the express lane.
  expect(messages).toBeLessThan(jobs);
});
