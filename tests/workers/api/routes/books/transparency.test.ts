import { expect, test } from "vitest";
import { KeyRing } from "../../../../../core/books/key-ring.ts";
import { priceLists } from "../../../../../core/billing/price-list.ts";
import { monthOf } from "../../../../../core/ledger/usage.ts";
import { withNewKey } from "../../../../../scripts/books/witness-keys.ts";
import { answering, ApiWorld, refusal } from "../api-world.ts";

const hash = "ab".repeat(32);
const signed = { key: "k", signature: "s" };
const head = { ledger: "tnt_a/local/0", number: 3, hash, events: 9, at: 1, ...signed };
const tree = { size: 2, root: hash };
const hour = "2026-11-28T13";
const logged = { v: 1, hour, heads: 1, headsRoot: hash, ...tree, at: 1, ...signed };
const previous = { hour: "2026-10-31T23", ...tree };
const monthLog = { v: 1, month: "2026-11", previous, hours: [logged] };
const proof = [hash];
const provenHour = {
  ...{ logged, link: { previous, proof }, consistency: { since: "2026-11-28T12", proof } },
};
const unavailable = "503 unavailable";

async function books() {
  const world = new ApiWorld();
  const calls = {
    publicKeys: answering<object | null>({ keys: [] }),
    monthLog: answering<object | null>(monthLog),
    loggedHour: answering<object | null>(provenHour),
    loggedHeads: answering<unknown>([{ head, index: 0, proof }]),
    heads: answering<unknown>([head]),
  };
  world.books = calls;
  return { world, calls, caller: await world.tenant(["usage:read"]) };
}

test("a month's log is everybody's, this month's where none is named", async () => {
  const { world, calls } = await books();
  expect(await world.ask("/v1/transparency?month=2026-11")).toMatchObject({
    ...{ status: 200, body: monthLog },
  });
  await world.ask("/v1/transparency");
  expect(calls.monthLog.mock.calls).toEqual([["2026-11"], [monthOf(Date.now())]]);
  expect(refusal(await world.ask("/v1/transparency?month=2026-1"))).toBe(
    "400 invalid-option month",
  );
  calls.monthLog.mockResolvedValue(null);
  const none = await world.ask("/v1/transparency?month=2020-01");
  expect(refusal(none)).toBe("404 not-found");
  expect(none.body.detail).toContain("2020-01");
  calls.monthLog.mockRejectedValue(new Error("away"));
  const away = await world.ask("/v1/transparency");
  expect(refusal(away)).toBe(unavailable);
  expect(away.headers.get("Retry-After")).toBe("2");
});

test("an hour of the log comes with its proofs, from an earlier hour on where one is named", async () => {
  const { world, calls } = await books();
  expect(await world.ask(`/v1/transparency/${hour}`)).toMatchObject({
    ...{ status: 200, body: provenHour },
  });
  await world.ask(`/v1/transparency/${hour}?since=2026-11-28T12`);
  expect(calls.loggedHour.mock.calls).toEqual([
    [hour, null],
    [hour, "2026-11-28T12"],
  ]);
  calls.loggedHour.mockResolvedValue(null);
  const none = await world.ask(`/v1/transparency/${hour}?since=2026-11-28T12`);
  expect(refusal(none)).toBe("404 not-found");
  expect(none.body.detail).toContain(`2026-11-28T12 and ${hour}`);
  const alone = await world.ask(`/v1/transparency/${hour}`);
  expect(alone.body.detail).toContain(`for ${hour}.`);
  calls.loggedHour.mockRejectedValue(new Error("away"));
  expect(refusal(await world.ask(`/v1/transparency/${hour}`))).toBe(unavailable);
});

test.each(["2026-11-28T24", "2026-02-30T00x", "x2026-02-03T00", "2026-13-01T00", "2026-11-99T00"])(
  "%s is no hour, and is refused by its name",
  async (strange) => {
    const { world, caller, calls } = await books();
    expect(refusal(await world.ask(`/v1/transparency/${strange}`))).toBe("400 invalid-option hour");
    expect(refusal(await world.ask(`/v1/transparency/${hour}?since=${strange}`))).toBe(
      "400 invalid-option since",
    );
    expect(refusal(await caller.get(`/v1/transparency/${strange}/heads`))).toBe(
      "400 invalid-option hour",
    );
    expect([calls.loggedHour.mock.calls, calls.loggedHeads.mock.calls]).toEqual([[], []]);
  },
);

test("a tenant sees its own heads, of an hour and the newest", async () => {
  const { caller, calls } = await books();
  const inHour = await caller.get(`/v1/transparency/${hour}/heads`);
  expect(inHour).toMatchObject({ status: 200, body: { heads: [{ head, index: 0, proof }] } });
  expect(calls.loggedHeads.mock.calls).toEqual([[caller.tenant, hour]]);
  expect(await caller.get("/v1/heads")).toMatchObject({ status: 200, body: { heads: [head] } });
  await caller.get("/v1/heads?month=2026-10");
  expect(calls.heads.mock.calls).toEqual([
    [caller.tenant, null],
    [caller.tenant, "2026-10"],
  ]);
  expect(refusal(await caller.get("/v1/heads?month=x"))).toBe("400 invalid-option month");
  for (const call of [calls.heads, calls.loggedHeads]) call.mockRejectedValue(new Error("away"));
  expect(refusal(await caller.get("/v1/heads"))).toBe(unavailable);
  expect(refusal(await caller.get(`/v1/transparency/${hour}/heads`))).toBe(unavailable);
});

test("the public keys are those of the witness and of receipts, and may be kept for minutes", async () => {
  const { world, calls } = await books();
  const [key] = new KeyRing(JSON.stringify(withNewKey({ keys: [] }, 0))).publicKeys.keys;
  const shown = { ...key };
  calls.publicKeys.mockResolvedValue({ keys: [shown] });
  const path = "/.well-known/jwks.json";
  const alone = await world.ask(path);
  expect(alone).toMatchObject({ status: 200, body: { keys: [shown] } });
  expect(alone.headers.get("Cache-Control")).toBe("public, max-age=300");

  const receipts = withNewKey({ keys: [] }, 0);
  world.env = { RECEIPT_KEYS: JSON.stringify(receipts) };
  const both = await world.ask(path);
  expect(both.body.keys).toMatchObject([
    { kid: shown.kid },
    { kid: receipts.keys[0]?.kid, purpose: "receipts" },
  ]);
  expect(JSON.stringify(both.body)).not.toContain(receipts.keys[0]?.d);

  calls.publicKeys.mockResolvedValue(null);
  expect(refusal(await world.ask(path))).toBe("503 misconfigured");
  calls.publicKeys.mockRejectedValue(new Error("away"));
  expect(refusal(await world.ask(path))).toBe(unavailable);
});

test("price lists are everybody's", async () => {
  const shown = await new ApiWorld().ask("/v1/price-lists");
  expect(shown).toMatchObject({ status: 200, body: { priceLists } });
});
