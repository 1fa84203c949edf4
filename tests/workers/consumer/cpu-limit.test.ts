import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { limits } from "../../../core/limits.ts";

const config = readFileSync("workers/consumer/wrangler.toml", "utf8");

test("the platform is asked for the CPU that the limits promise", () => {
  expect(Number(/^cpu_ms = (\d+)$/m.exec(config)?.[1])).toBe(limits.consumerCpuMillisMax);
});

test("a batch of the slowest renders fits into it", () => {
  const batch = Number(/queue = "minilab-jobs"\nmax_batch_size = (\d+)/.exec(config)?.[1]);
  expect(batch * limits.renderMillisMax).toBeLessThan(limits.consumerCpuMillisMax);
});
