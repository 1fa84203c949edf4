import fc from "fast-check";
import { expect, test } from "vitest";
import { receiptOf } from "../../../core/billing/receipt.ts";
import { KeyRing } from "../../../core/books/key-ring.ts";
import {
  contradicts,
  openReceipt,
  signReceipt,
  type Receipt,
} from "../../../core/books/receipt.ts";
import { checkReceipt } from "../../../core/books/verify/check-receipt.ts";
import type { Job } from "../../../core/job/job.ts";
import { HOUR } from "../../../core/magnitudes.ts";
import { withNewKey } from "../../../scripts/books/witness-keys.ts";
import { keep, ledger, tenant, worldOf } from "./kept-books.ts";

const known = withNewKey({ keys: [] }, 0);
const ring = new KeyRing(JSON.stringify(known), "RECEIPT_KEYS");
const settledAt = Date.parse("2026-11-30T19:10:01.000Z");

const job: Job = {
  id: "job_local_0_1",
  status: "done",
  createdAt: settledAt - 100,
  settledAt,
  attempts: 1,
  source: { bytes: 9, width: 2, height: 1, format: "png" },
  outputs: [
    { index: 0, width: 2, height: 1, format: "webp", bytes: 4 },
    { index: 1, width: 2, height: 1, format: "avif", bytes: 4 },
    { index: 2, width: 2, height: 1, format: "json", bytes: 4 },
  ],
  usage: { computeUnits: 117, bytesIn: 9, bytesOut: 12, pixels: 4, renderMillis: 3 },
  error: null,
  recorded: { sequence: 1, segment: null },
};

const receipt = receiptOf(ledger, job) as Receipt;
const signed = () => signReceipt(ring, receipt);
const changed = (jws: string, change: (receipt: Receipt) => object) => {
  const [header, payload, signature] = jws.split(".");
  const own = JSON.parse(atob(payload ?? "")) as Receipt;
  return [header, btoa(JSON.stringify(change(own))).replaceAll("=", ""), signature].join(".");
};

test("says what the job costs at the list's first prices, and where it is recorded", () => {
  expect(receipt).toEqual({
    v: 1,
    job: job.id,
    ledger,
    sequence: 1,
    segment: null,
    settledAt: "2026-11-30T19:10:01.000Z",
    outcome: "done",
    outputs: 2,
    computeUnits: 117,
    priceList: "2026-01",
    currency: "USD",
    // Two renditions at 14.5 micro-dollars, 117 units at 0.021.
    priceNanos: 29_000 + 2457,
  });
});

test("of a failed job costs nothing; there is none for one that is open or not said to be recorded", () => {
  const failed = { ...job, status: "failed", outputs: [], usage: null } as const;
  expect(receiptOf(ledger, failed)).toMatchObject({ outcome: "failed", priceNanos: 0 });
  const { recorded: _, ...older } = job;
  expect(receiptOf(ledger, older)).toBeNull();
  expect(receiptOf(ledger, { ...job, status: "running", settledAt: null })).toBeNull();
});

test("opens to what was signed, with the public key alone", async () => {
  expect(await openReceipt(ring.publicKeys, await signed())).toEqual({ receipt });
});

test("opens also with white space around it", async () => {
  expect(await openReceipt(ring.publicKeys, ` ${await signed()}\n`)).toEqual({ receipt });
});

test.each<[string, object, string]>([
  ["names another algorithm", { alg: "none" }, ""],
  ["names no key", { kid: undefined }, ""],
  ["has a part too many", {}, ".more"],
])("is unreadable, though it was signed, when it %s", async (_, change, more) => {
  const base64 = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const header = { alg: "EdDSA", typ: "minilab-receipt+jws", kid: ring.kid, ...change };
  const text = `${base64(header)}.${base64(receipt)}`;
  const { signature } = await ring.sign(text);
  expect(await openReceipt(ring.publicKeys, `${text}.${signature}${more}`)).toEqual({
    fault: "unreadable",
  });
});

test("is not believed when a figure was changed, or the key is another, retired or the witness's", async () => {
  const jws = await signed();
  const cheaper = changed(jws, (own) => ({ ...own, computeUnits: 1 }));
  expect(await openReceipt(ring.publicKeys, cheaper)).toEqual({ fault: "bad-signature" });
  expect(await openReceipt({ keys: [] }, jws)).toEqual({ fault: "unknown-key" });
  const rotated = new KeyRing(
    JSON.stringify(withNewKey(known, settledAt - HOUR - 1)),
    "RECEIPT_KEYS",
  );
  expect(await openReceipt(rotated.publicKeys, jws)).toEqual({ fault: "retired-key" });
  const witness = new KeyRing(JSON.stringify(known), "WITNESS_KEYS");
  expect(await openReceipt(witness.publicKeys, jws)).toEqual({ fault: "unknown-key" });
});

test("nothing that is none throws", async () => {
  const part = fc.oneof(fc.string(), fc.base64String());
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 5 }), async (parts) => {
      expect(await openReceipt(ring.publicKeys, parts.join("."))).toHaveProperty("fault");
    }),
  );
  const jws = await signed();
  for (const field of Object.keys(receipt).filter((name) => !/^(price|currency)/.test(name))) {
    const without = changed(jws, (own) => ({ ...own, [field]: {} }));
    expect(await openReceipt(ring.publicKeys, without)).toEqual({ fault: "unreadable" });
  }
});

test.each([
  ["job", "job_local_0_2"],
  ["outcome", "failed"],
  ["outputs", 1],
  ["computeUnits", 116],
] as const)("is contradicted by a record with another %s", (field, value) => {
  expect(contradicts(receipt, { ...receipt })).toBe(false);
  expect(contradicts(receipt, { ...receipt, [field]: value })).toBe(true);
});

test("is held to the records that were kept, offline", async () => {
  const books = await keep(await worldOf(2));
  const kept = { ...books, kept: books.kept, keys: ring.publicKeys };
  const verdictOf = async (own: Partial<Receipt>) =>
    checkReceipt(kept, await signReceipt(ring, { ...receipt, ...own }));
  expect(await verdictOf({})).toMatchObject({ verdict: "recorded", segment: 1 });
  expect(await verdictOf({ computeUnits: 116 })).toMatchObject({ verdict: "contradicted" });
  expect(await verdictOf({ job: "job_local_0_x" })).toMatchObject({ verdict: "contradicted" });
  expect(await verdictOf({ job: "job_local_0_x", sequence: 99 })).toMatchObject({
    verdict: "not-kept",
  });
  expect(await verdictOf({ ledger: `${tenant}/other/0` })).toMatchObject({ verdict: "not-kept" });
  const other = changed(await signed(), (own) => ({ ...own, sequence: 2 }));
  expect(await checkReceipt(kept, other)).toEqual({
    verdict: "not-signed",
    fault: "bad-signature",
  });
});

test("is contradicted only by records that go as far as its place, and could be read", async () => {
  const books = await keep(await worldOf(2));
  const numbers = [1, 2].map((number) => ({ ledger, number }));
  const verdictOf = async (sequence: number, kept = numbers) => {
    const jws = await signReceipt(ring, { ...receipt, job: "job_local_0_x", sequence });
    const { verdict } = await checkReceipt({ ...books, kept, keys: ring.publicKeys }, jws);
    return verdict;
  };
  // Four rows each.
  const [first, second] = [numbers.slice(0, 1), numbers.slice(1)];
  expect(await verdictOf(1, first)).toBe("contradicted");
  expect(await verdictOf(4, first)).toBe("contradicted");
  expect(await verdictOf(5, first)).toBe("not-kept");
  expect(await verdictOf(4, second)).toBe("not-kept");
  expect(await verdictOf(5, second)).toBe("contradicted");
  books.segments.delete(1);
  expect(await verdictOf(1, first)).toBe("not-kept");
});

test("is checked offline by the keys that were kept: the old one to its end, never one that is not there", async () => {
  const books = await keep(await worldOf(2));
  const jws = await signed();
  const verdictWith = ({ publicKeys }: KeyRing) =>
    checkReceipt({ ...books, kept: books.kept, keys: publicKeys }, jws);
  const rotatedAt = (at: number) =>
    new KeyRing(JSON.stringify(withNewKey(known, at)), "RECEIPT_KEYS");
  expect(await verdictWith(ring)).toMatchObject({ verdict: "recorded" });
  // Workers that have the old secret still sign for a while after it was replaced.
  expect(await verdictWith(rotatedAt(settledAt - HOUR))).toMatchObject({ verdict: "recorded" });
  expect(await verdictWith(rotatedAt(settledAt - HOUR - 1))).toEqual({
    verdict: "not-signed",
    fault: "retired-key",
  });
  const stranger = new KeyRing(JSON.stringify(withNewKey({ keys: [] }, 0)), "RECEIPT_KEYS");
  expect(await verdictWith(stranger)).toEqual({ verdict: "not-signed", fault: "unknown-key" });
});
