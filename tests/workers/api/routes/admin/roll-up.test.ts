import { expect, test, vi } from "vitest";
import { limits } from "../../../../../core/limits.ts";
import { answering, ApiWorld, refusal } from "../api-world.ts";

const summary = {
  ...{ tenants: 1, more: false, ledgers: { included: 1, known: 1 } },
  ...{ segments: 2, statements: 1, changed: 1 },
};

async function office(answer: object | null = summary) {
  const world = new ApiWorld();
  const rollUp = answering(answer);
  world.books = { rollUp };
  const { tenant } = await world.tenant(["jobs:read"]);
  const billing = await world.operator("billing");
  const post = (query: string) => billing.ask("POST", `/admin/v1/roll-up${query}`);
  return { post, rollUp, tenant };
}

test("everything is rolled up, or one tenant, or one tenant from its first record", async () => {
  const { post, rollUp, tenant } = await office();
  expect(await post("")).toMatchObject({ status: 200, body: summary });
  await post(`?tenant=${tenant}`);
  await post(`?tenant=${tenant}&again=true`);
  await post(`?tenant=${tenant}&again=false`);
  expect(rollUp.mock.calls).toEqual([
    [{ preview: true, tenant: null, again: false }],
    [{ preview: true, tenant, again: false }],
    [{ preview: true, tenant, again: true }],
    [{ preview: true, tenant, again: false }],
  ]);
});

test("what is asked wrongly is refused by its name, and nothing is rolled up", async () => {
  const { post, rollUp, tenant } = await office();
  expect(refusal(await post("?tenant=shop"))).toBe("400 invalid-option tenant");
  expect(refusal(await post(`?tenant=${tenant}&again=yes`))).toBe("400 invalid-option again");
  expect(refusal(await post("?again=true"))).toBe("400 invalid-option again");
  const unknown = tenant.replace(/.$/, (digit) => (digit === "0" ? "1" : "0"));
  expect(refusal(await post(`?tenant=${unknown}`))).toBe("404 not-found");
  expect(rollUp).not.toHaveBeenCalled();
});

test("while the deployment has no keys for the witness, it says so", async () => {
  const { post } = await office(null);
  expect(refusal(await post(""))).toBe("503 misconfigured");
});

test("a roll-up is waited for, since many tenants take part in it", async () => {
  const { post, rollUp } = await office();
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  rollUp.mockReturnValue(
    new Promise((answer) => setTimeout(answer, 2 * limits.outputMillisMax, summary)),
  );
  const asked = post("");
  await vi.waitFor(() => expect(vi.getTimerCount()).toBeGreaterThanOrEqual(2));
  await vi.advanceTimersByTimeAsync(2 * limits.outputMillisMax);
  expect(await asked).toMatchObject({ status: 200, body: summary });
  vi.useRealTimers();
});
