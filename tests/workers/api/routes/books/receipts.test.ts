import { expect, test } from "vitest";
import { KeyRing } from "../../../../../core/books/key-ring.ts";
import { signReceipt, type Receipt } from "../../../../../core/books/receipt.ts";
import { withNewKey } from "../../../../../scripts/books/witness-keys.ts";
import { answering, ApiWorld, refusal } from "../api-world.ts";

const keys = JSON.stringify(withNewKey({ keys: [] }, 0));
const job = "job_local_0_01m7wbyda87n5fyfxf530w4grf";
const same = { job, outcome: "done", outputs: 2, computeUnits: 7 };

async function shop() {
  const world = new ApiWorld();
  world.env = { RECEIPT_KEYS: keys };
  const caller = await world.tenant(["usage:read"]);
  const receipt: Receipt = {
    ...{ v: 1, job, ledger: `${caller.tenant}/local/0`, sequence: 4, segment: null },
    ...{ settledAt: "2026-11-28T00:00:00.000Z", outcome: "done", outputs: 2, computeUnits: 7 },
    ...{ priceList: "2026-01", currency: "USD", priceNanos: 12 },
  };
  const recorded = answering<unknown>("pending");
  world.books = { recorded };
  const jws = await signReceipt(new KeyRing(keys, "RECEIPT_KEYS"), receipt);
  const verify = (text = jws) => caller.ask("POST", "/v1/receipts/verify", { receipt: text });
  return { world, caller, receipt, recorded, jws, verify };
}

test.each([
  ["pending", "pending", { state: "pending", segment: null, witnessed: false }],
  ["missing", "missing", { state: "missing", segment: null, witnessed: false }],
  [
    "recorded, and whether it is witnessed",
    { ...same, segment: 3, witnessed: true },
    { state: "recorded", segment: 3, witnessed: true },
  ],
])("what the service signed is valid, and the books say of it: %s", async (_, row, books) => {
  const { verify, recorded, receipt } = await shop();
  recorded.mockResolvedValue(row);
  expect(await verify()).toMatchObject({
    status: 200,
    body: { valid: true, receipt, books: { ...books, sequence: 4 } },
  });
  expect(recorded.mock.calls).toEqual([[receipt.ledger, 4]]);
});

test("a record with other content contradicts it, wherever the ledger says that the job is", async () => {
  const { world, verify, recorded } = await shop();
  const other = { ...same, computeUnits: 8, segment: 3, witnessed: false };
  recorded.mockResolvedValue(other);
  const found = (more: object) => ({
    wait: async () => ({ id: job, outputs: [], createdAt: 0, settledAt: 0, ...more }),
  });
  const contradicted = { valid: true, books: { state: "contradicted", sequence: 4, segment: 3 } };
  for (const ledger of [
    { wait: async () => null },
    found({}),
    found({ recorded: { sequence: 4 } }),
  ]) {
    world.ledger = () => ledger;
    expect((await verify()).body).toMatchObject(contradicted);
  }
  expect(recorded).toHaveBeenCalledTimes(3);
  // A ledger that was restored gave the job's record another number.
  world.ledger = () => found({ recorded: { sequence: 6 } });
  recorded.mockImplementation(async (_, sequence) =>
    sequence === 6 ? { ...same, segment: 5, witnessed: true } : other,
  );
  expect((await verify()).body.books).toEqual({
    ...{ state: "recorded", sequence: 6, segment: 5, witnessed: true },
  });
});

test("what nobody signed is not valid, and says why", async () => {
  const { world, verify, jws } = await shop();
  expect((await verify("no.receipt.here")).body).toEqual({ valid: false, fault: "unreadable" });
  const forged = jws.replace(/.{4}$/, "AAAA");
  expect((await verify(forged)).body).toEqual({ valid: false, fault: "bad-signature" });
  world.env = {};
  expect((await verify()).body).toEqual({ valid: false, fault: "unknown-key" });
});

test("another tenant's receipt is not found, and books that are away are a 503", async () => {
  const { world, jws, verify, recorded, caller } = await shop();
  const other = await world.tenant(["usage:read"]);
  const foreign = await other.ask("POST", "/v1/receipts/verify", { receipt: jws });
  expect(refusal(foreign)).toBe("404 not-found");
  recorded.mockRejectedValue(new Error("away"));
  const away = await verify();
  expect(refusal(away)).toBe("503 unavailable");
  expect(away.headers.get("Retry-After")).toBe("2");
  expect(refusal(await caller.ask("POST", "/v1/receipts/verify", {}))).toBe("400 bad-request");
});
