import { expect, test, vi } from "vitest";
import type { CreditNoteRefusal } from "../../../../core/billing/credit-note.ts";
import { roles, type Role } from "../../../../core/identity/operator.ts";
import type { Problem } from "../../../../core/problem.ts";
import { err, ok } from "../../../../core/result.ts";
import { ask, operatorToken } from "../ask.ts";

const tenant = "tnt_01k7q3y8z9abcdefghjkmnpqrs";
const path = `/admin/v1/tenants/${tenant}/statements/2026-10/credit-notes/T-1`;
const note = { amountMicros: 12, reason: " An outage " };

/** Asks for a credit note as an operator of the role; the books answer so. */
async function issue(
  answer: unknown,
  { role = "billing", url = path, body = note }: { role?: Role; url?: string; body?: object } = {},
) {
  const issueCreditNote = vi.fn<(...given: unknown[]) => Promise<unknown>>(async () => answer);
  const directory = {
    identifyOperator: async () => ({ id: "opr_0", name: "Ada", role }),
    getTenant: async (id: string) => (id === tenant ? { id } : null),
  };
  const text = JSON.stringify(body);
  const headers = {
    Authorization: `Bearer ${operatorToken}`,
    "Content-Type": "application/json",
    "Content-Length": String(text.length),
  };
  const bindings = { DIRECTORY: { getByName: () => directory }, BOOKS: { issueCreditNote } };
  const response = await ask(url, { method: "PUT", headers, body: text }, bindings);
  const problem = (await response.json()) as Partial<Problem>;
  return { status: response.status, problem, asked: issueCreditNote.mock.calls };
}

test("is asked of the books with what the operator says, on the operator's behalf", async () => {
  const { status, asked, problem } = await issue(ok({ month: "2026-10", payableMicros: 1 }));
  expect(status).toBe(200);
  expect(problem).toEqual({ month: "2026-10", payableMicros: 1 });
  const given = { tenant, month: "2026-10", reference: "T-1", amountMicros: 12 };
  expect(asked).toEqual([
    [{ ...given, reason: "An outage" }, expect.objectContaining({ actor: "opr_0" })],
  ]);
});

test("is for owners and billing", async () => {
  const statuses = await Promise.all(
    roles.map(async (role) => [role, (await issue(ok({}), { role })).status]),
  );
  expect(Object.fromEntries(statuses)).toEqual({ owner: 200, support: 403, billing: 200 });
});

test.each([
  [{ reason: "no-statement" }, 404, "no statement"],
  [{ reason: "not-final" }, 409, "not final"],
  [{ reason: "other-note" }, 409, "other content"],
  [{ reason: "too-many" }, 409, "has 20"],
  [{ reason: "too-much", leftMicros: 7 }, 409, "leaves 7 micro-units"],
] as [CreditNoteRefusal, number, string][])(
  "a refusal says why: %j",
  async (reason, status, words) => {
    const refused = await issue(err(reason));
    expect(refused.status).toBe(status);
    expect(refused.problem.detail).toContain(words);
  },
);

test.each([
  ["no amount", { reason: "x" }],
  ["nothing", { amountMicros: 0, reason: "x" }],
  ["less than nothing", { amountMicros: -1, reason: "x" }],
  ["a fraction", { amountMicros: 1.5, reason: "x" }],
  ["more than a number can be exact", { amountMicros: 2 ** 53, reason: "x" }],
  ["an amount as text", { amountMicros: "12", reason: "x" }],
  ["no reason", { amountMicros: 1, reason: "  " }],
  ["a reason that is a book", { amountMicros: 1, reason: "x".repeat(201) }],
  ["a reason of two lines", { amountMicros: 1, reason: "x\ny" }],
  ["a field that is none", { amountMicros: 1, reason: "x", month: "2026-10" }],
])("%s is refused before the books are asked", async (_, body) => {
  const { status, problem, asked } = await issue(ok({}), { body });
  expect([status, problem.code, asked]).toEqual([400, "bad-request", []]);
});

test.each([
  ["a reference that a table would take for a formula", "reference", path.replace("T-1", "=1+1")],
  ["one that is too long", "reference", path.replace("T-1", "x".repeat(41))],
  ["a month that is none", "month", path.replace("2026-10", "2026-13")],
])("%s is refused by its name", async (_, option, url) => {
  const { status, problem, asked } = await issue(ok({}), { url });
  expect(status).toBe(400);
  expect(problem).toMatchObject({ code: "invalid-option", option });
  expect(asked).toEqual([]);
});

test("a tenant that never was has no statements", async () => {
  const { status, asked } = await issue(ok({}), { url: path.replace(tenant, "tnt_none") });
  expect([status, asked]).toEqual([404, []]);
});

test("while the deployment has no keys for the witness, it says so", async () => {
  expect(await issue(null)).toMatchObject({ status: 503, problem: { code: "misconfigured" } });
});
