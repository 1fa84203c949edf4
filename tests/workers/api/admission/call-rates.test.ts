import { expect, test } from "vitest";
import { tenantId } from "../../../../core/identity/ids.ts";
import { limitsOf } from "../../../../core/identity/tenant-limits.ts";
import { limits } from "../../../../core/limits.ts";
import { CallRates } from "../../../../workers/api/admission/call-rates.ts";

const now = Date.UTC(2026, 10, 20, 12);
const granted = limitsOf("custom", { requestsPerSecond: 1, burst: 1 });
const tenant = tenantId("01kam000000000000000000000");
const other = tenantId("01kam000000000000000000001");

test("each tenant's reads and deletions are counted apart", () => {
  const rates = new CallRates();
  const take = (who: typeof tenant, kind: "reads" | "deletions") =>
    rates.take({ tenant: who, limits: granted }, kind, now).ok;
  for (let calls = 0; calls < limits.readsPerJob; calls++) expect(take(tenant, "reads")).toBe(true);
  expect(take(tenant, "reads")).toBe(false);
  for (let calls = 0; calls < limits.deletionsPerJob; calls++) {
    expect(take(tenant, "deletions")).toBe(true);
  }
  expect(take(tenant, "deletions")).toBe(false);
  expect(take(other, "reads")).toBe(true);
});

test("a refused call says when the next token is there", () => {
  const rates = new CallRates();
  const take = (at: number) => rates.take({ tenant, limits: granted }, "reads", at);
  for (let calls = 0; calls < limits.readsPerJob; calls++) take(now);
  const millis = 1000 / limits.readsPerJob;
  expect(take(now)).toMatchObject({ ok: false, error: { retryAfterMillis: millis } });
  expect(take(now + millis).ok).toBe(true);
});
