import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { limits } from "../../../core/limits.ts";

test("a batch of the slowest renders fits into the CPU that one invocation may use", () => {
  const config = readFileSync("workers/consumer/wrangler.toml", "utf8");
  const cpuMillis = Number(/^cpu_ms = (\d+)$/m.exec(config)?.[1]);
  const batch = Number(/queue = "minilab-jobs-local-0"\nmax_batch_size = (\d+)/.exec(config)?.[1]);
  expect(batch * limits.renderMillisMax).toBeLessThan(cpuMillis);
});
