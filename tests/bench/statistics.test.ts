import { expect, test } from "vitest";
import { closedLoop, openLoop } from "../../bench/load.ts";
import { median, quantile, round, spread } from "../../bench/statistics.ts";

test.each([
  [[3, 1, 2], 0.5, 2],
  [[4, 3, 2, 1], 0.5, 2],
  [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.99, 10],
  [[5], 0.01, 5],
])("of %j the quantile %d is %d", (samples, share, value) => {
  expect(quantile(samples, share)).toBe(value);
});

test("no samples have no median", () => {
  expect(median([])).toBeNaN();
});

test("the spread is the range as a share of the median", () => {
  expect(spread([9, 10, 12])).toBeCloseTo(0.3);
  expect(spread([7, 7])).toBe(0);
});

test("figures are rounded, not cut", () => {
  expect(round(1.2367)).toBe(1.24);
  expect(round(0.12356, 3)).toBe(0.124);
});

test("a closed loop never has more requests under way than it has clients", async () => {
  let open = 0;
  let most = 0;
  const { latencies } = await closedLoop(3, 30, async () => {
    most = Math.max(most, ++open);
    await new Promise((wake) => setTimeout(wake, 2));
    open--;
  });
  expect(most).toBe(3);
  expect(latencies.length).toBeGreaterThanOrEqual(3);
});

test("an open loop keeps sending while answers are outstanding", async () => {
  const answers: (() => void)[] = [];
  const loop = openLoop(500, 40, () => new Promise((answer) => answers.push(answer)));
  // Nothing is answered until everything is sent, which a closed loop would wait for in vain.
  await expect.poll(() => answers.length).toBe(20);
  for (const answer of answers) answer();
  expect((await loop).latencies).toHaveLength(20);
});

test("a failed request fails the run", async () => {
  const fail = () => Promise.reject(new Error("500"));
  await expect(closedLoop(2, 10, fail)).rejects.toThrow("500");
  await expect(openLoop(100, 20, fail)).rejects.toThrow("500");
});
