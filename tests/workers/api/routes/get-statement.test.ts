import { expect, test, vi } from "vitest";
import { answering, ApiWorld, refusal } from "./api-world.ts";

const usage = {
  ...{ jobsDone: 1, jobsFailed: 0, outputs: 1, bytesIn: 1, bytesOut: 1, pixels: 1 },
  computeUnits: 5,
};
const line = { item: "compute-units", quantity: 5, amountMicros: 25 };
const charges = {
  lines: [{ ...line, unit: "units", unitPriceMicros: 5, per: 1 }],
  totalMicros: 25,
  usage,
};
const segments = { first: 1, last: 2, lastHash: "ab" };

/** With everything that one can have. */
const statementOf = (tenant: string) => ({
  ...{ v: 1, tenant, month: "2026-10", currency: "USD", priceList: "2026-01", status: "final" },
  ...{ through: "2026-11-01T00:00:00.000Z", ...charges, ledgers: { included: 1, known: 2 } },
  segments: [{ ledger: `${tenant}/local/0`, ...segments, usage }],
  days: [{ day: "2026-10-31", usage, lines: [line] }],
  adjustments: [
    {
      ...{ month: "2026-09", priceList: "2026-01", ledger: `${tenant}/local/0`, segments },
      ...charges,
    },
  ],
  late: [{ ledger: `${tenant}/eu/0`, through: null, reason: "unreachable" }],
  preview: { status: "preview", asOf: "2026-11-01T00:10:00.000Z", ...charges },
  creditNotes: [
    {
      ...{ number: 1, reference: "T-1", amountMicros: 5, reason: "An outage", previous: "0" },
      ...{ issuedAt: "2026-11-02T00:00:00.000Z", signedAt: 1, key: "k", signature: "s" },
    },
  ],
  creditedMicros: 5,
  payableMicros: 20,
});

async function shop() {
  const world = new ApiWorld();
  const caller = await world.tenant(["usage:read"]);
  const statement = answering<object | null>(statementOf(caller.tenant));
  world.books = { statement };
  return { world, caller, statement };
}

test("a month's statement is shown as the books have it, to the tenant and to billing", async () => {
  const { world, caller, statement } = await shop();
  const { tenant } = caller;
  const shown = await caller.get("/v1/statements/2026-10");
  expect(shown).toMatchObject({ status: 200, body: statementOf(tenant) });
  expect(shown.headers.get("Vary")).toContain("Accept");
  const billing = await world.operator("billing");
  const same = await billing.get(`/admin/v1/tenants/${tenant}/statements/2026-10`);
  expect(same).toMatchObject({ status: 200, body: statementOf(tenant) });
  expect(statement.mock.calls).toEqual([
    [tenant, "2026-10"],
    [tenant, "2026-10"],
  ]);
});

test("a table and rows of FOCUS are there for those who accept them, and JSON for anybody else", async () => {
  const { caller } = await shop();
  const path = "/v1/statements/2026-10";
  const table = await caller.get(path, { Accept: "text/csv" });
  expect(table.headers.get("Content-Type")).toBe("text/csv");
  expect(table.headers.get("Vary")).toContain("Accept");
  expect(table.body).toContain("2026-10-31");
  expect(table.body).not.toContain("BilledCost");
  const focus = await caller.get(path, { Accept: "text/csv; profile=focus-1.2" });
  expect(focus.headers.get("Content-Type")).toBe("text/csv; profile=focus-1.2");
  expect(focus.body).toContain("BilledCost");
  const other = await caller.get(path, { Accept: "application/pdf" });
  expect(other.headers.get("Content-Type")).toBe("application/json");
});

test("what is no month is refused, and a month without a statement is not found", async () => {
  const { caller, statement } = await shop();
  expect(refusal(await caller.get("/v1/statements/2026-13"))).toBe("400 invalid-option month");
  expect(statement).not.toHaveBeenCalled();
  statement.mockResolvedValue(null);
  const none = await caller.get("/v1/statements/2020-01");
  expect(refusal(none)).toBe("404 not-found");
  expect(none.body.detail).toContain("2020-01");
});

test("a key without usage:read sees none", async () => {
  const { world } = await shop();
  const other = await world.tenant(["jobs:read"]);
  expect(refusal(await other.get("/v1/statements/2026-10"))).toBe("403 scope-missing");
});

test("why the books do not answer is in the log", async () => {
  const { world, caller } = await shop();
  world.books = { statement: () => Promise.reject(new Error("the statement is damaged")) };
  const log = vi.spyOn(console, "error").mockReturnValue();
  expect(refusal(await caller.get("/v1/statements/2026-10"))).toBe("503 unavailable");
  const cause: unknown = expect.stringContaining("the statement is damaged");
  expect(log).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ cause }));
  log.mockRestore();
});
