import { expect, test, vi } from "vitest";
import { invariants } from "../../../../../core/billing/audit-report.ts";
import { limits } from "../../../../../core/limits.ts";
import { answering, ApiWorld, refusal } from "../api-world.ts";

const breach = {
  ...{ invariant: "ended-jobs-are-billed-once", ledger: "tnt_a/local/0" },
  ...{ subject: "job_local_0_1", detail: "It is in no record." },
};
const report = {
  ...{ v: 1, at: "2026-11-28T00:00:00.000Z", tenants: 1, ledgers: 1, unreachable: ["tnt_b/eu/0"] },
  invariants: Object.fromEntries(
    Object.keys(invariants).map((name) => [name, { checked: 3, breaches: 0 }]),
  ),
  breaches: [breach],
  cursor: null,
};
const path = "/admin/v1/invariants";

async function auditor(answer: object | null = report) {
  const world = new ApiWorld();
  const audit = answering(answer);
  const harvest = { waiting: 3, late: 1, oldest: "2026-11-27T00:00:00.000Z" };
  const audits = async () => ({ last: report, standing: [breach], harvest });
  world.books = { audit, audits };
  const { tenant } = await world.tenant(["jobs:read"]);
  return { billing: await world.operator("billing"), audit, tenant };
}

test("the last audit, what stands and who waits are shown", async () => {
  const { billing } = await auditor();
  expect(await billing.get(path)).toMatchObject({
    status: 200,
    body: { last: report, standing: [breach], harvest: { waiting: 3, late: 1 } },
  });
});

test.each([
  ["the last audit is", "GET", "audits", { last: report, standing: [breach], harvest: null }],
  ["one that runs now is", "POST", "audit", report],
] as const)("%s waited for, since many tenants are looked at", async (_, method, call, found) => {
  const world = new ApiWorld();
  const billing = await world.operator("billing");
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  world.books = {
    [call]: () => new Promise((answer) => setTimeout(answer, 2 * limits.outputMillisMax, found)),
  };
  const asked = billing.ask(method, path);
  await vi.waitFor(() => expect(vi.getTimerCount()).toBeGreaterThanOrEqual(2));
  await vi.advanceTimersByTimeAsync(2 * limits.outputMillisMax);
  expect(await asked).toMatchObject({ status: 200, body: found });
  vi.useRealTimers();
});

test("one tenant is audited, or those after a cursor", async () => {
  const { billing, audit, tenant } = await auditor();
  expect(await billing.ask("POST", path)).toMatchObject({ status: 200, body: report });
  await billing.ask("POST", `${path}?tenant=${tenant}`);
  await billing.ask("POST", `${path}?cursor=${tenant}`);
  expect(audit.mock.calls).toEqual([
    [{ tenant: null, cursor: null }],
    [{ tenant, cursor: null }],
    [{ tenant: null, cursor: tenant }],
  ]);
});

test("what is no tenant's id is refused by its name, and an unknown tenant is not found", async () => {
  const { billing, audit, tenant } = await auditor();
  const post = (query: string) => billing.ask("POST", `${path}?${query}`);
  expect(refusal(await post("tenant=x"))).toBe("400 invalid-option tenant");
  expect(refusal(await post("cursor=x"))).toBe("400 invalid-option cursor");
  const unknown = tenant.replace(/.$/, (digit) => (digit === "0" ? "1" : "0"));
  expect(refusal(await post(`tenant=${unknown}`))).toBe("404 not-found");
  expect(audit).not.toHaveBeenCalled();
});

test("without keys for the witness there is no audit, and it says so", async () => {
  const { billing } = await auditor(null);
  expect(refusal(await billing.ask("POST", path))).toBe("503 misconfigured");
});
