import { beforeEach, expect, test, vi } from "vitest";
import { creditNoteHead, type SignedCreditNote } from "../../../../core/books/credit-note.ts";
import { headText } from "../../../../core/books/transparency.ts";
import { limits } from "../../../../core/limits.ts";
import { audit } from "../../../../workers/billing/audit/audit.ts";
import { rollUpNext } from "../../../../workers/billing/roll-up.ts";
import { utc } from "../../../core/billing/usage-samples.ts";
import { credit, registerFor } from "../credits/credited-world.ts";
import { AuditedWorld } from "./audited-world.ts";

const tenant = "tnt_a";
const month = "2026-11" as const;
const keyOf = (number: number) => `credit-notes/${tenant}/${month}/${number}.json`;
beforeEach(() => void vi.spyOn(console, "error").mockImplementation(() => undefined));

/** November is final, and two notes are taken off it. */
async function creditedWorld() {
  const world = new AuditedWorld([tenant], utc("2026-11-20T10:15:00.000Z"));
  world.finish(tenant);
  world.clock = utc("2026-12-01T00:06:00.000Z");
  await rollUpNext(world, { preview: false });
  const books = registerFor([tenant]);
  books.directory.now = world.clock;
  world.issued = () => books.creditNotes.ofTenant(tenant);
  for (const reference of ["T-1", "T-2"]) {
    const asked = { tenant, month, reference, amountMicros: 10, reason: "An outage" };
    expect((await credit(world, books.register, asked)).ok).toBe(true);
  }
  return { world, ...books };
}

async function named(world: AuditedWorld) {
  const { breaches, invariants } = await audit(world, world.bucket, { tenant, cursor: null });
  return {
    checked: invariants["credit-notes-are-those-issued"].checked,
    breaches: breaches.map(
      ({ invariant, subject, detail }) => `${invariant} ${subject}: ${detail}`,
    ),
  };
}

const breach = (number: number, detail: string) =>
  `credit-notes-are-those-issued credit note ${month}/${number}: ${detail}`;
const stored = (world: AuditedWorld, number: number) =>
  world.bucket.json<SignedCreditNote>(keyOf(number));
const put = (world: AuditedWorld, number: number, note: object) =>
  world.bucket.put(keyOf(number), JSON.stringify(note));

test("honest notes break nothing, and each was looked at", async () => {
  const { world } = await creditedWorld();
  expect(await named(world)).toEqual({ checked: 4, breaches: [] });
});

test("a note that is removed from the books is named", async () => {
  const { world } = await creditedWorld();
  await world.bucket.delete([keyOf(2)]);
  const { breaches } = await named(world);
  expect(breaches).toEqual([breach(2, "it was issued, and the books do not have it")]);
});

test("a note that is changed is named, though its witness signs what it now says", async () => {
  const { world } = await creditedWorld();
  const forged = { ...stored(world, 2), amountMicros: 1 };
  const signature = await world.witness.sign(headText(creditNoteHead(forged)));
  await put(world, 2, { ...forged, ...signature });
  expect((await named(world)).breaches).toEqual([breach(2, "the books have another one")]);
});

test("a note without the witness's signature is named", async () => {
  const { world } = await creditedWorld();
  await put(world, 1, { ...stored(world, 1), signature: stored(world, 2).signature });
  const { breaches } = await named(world);
  expect(breaches).toEqual([breach(1, "it has no signature of the witness")]);
});

test("a note that nobody issued is named", async () => {
  const { world } = await creditedWorld();
  await put(world, 3, { ...stored(world, 2), number: 3 });
  const { breaches } = await named(world);
  expect(breaches).toEqual([breach(3, "the books have it, and nobody issued it")]);
});

test("where a tenant has more notes than an audit asks for, those that it does not know of are not held against the books", async () => {
  const { world } = await creditedWorld();
  const asked = { tenant, month, reference: "T-9", amountMicros: 1, reason: "x", inBooks: false };
  const later = (notes: number) =>
    Array.from({ length: notes }, (_, at) => ({ ...asked, number: 3 + at, issuedAt: world.clock }));
  world.issued = () => later(limits.creditNotesAuditedMax);
  expect((await named(world)).breaches).toEqual([]);
  world.issued = () => later(limits.creditNotesAuditedMax - 1);
  expect((await named(world)).breaches).toEqual(
    [1, 2].map((number) => breach(number, "the books have it, and nobody issued it")),
  );
});

test("notes that exceed their statement are named", async () => {
  const { world, storage } = await creditedWorld();
  storage.sql.exec(`UPDATE credit_notes SET amount_micros = 1000000 WHERE number = 1`);
  const { breaches } = await named(world);
  expect(breaches).toContain(breach(1, "it does not go with its statement"));
});

test("a note that was issued and cut off is named once the next runs have not written it", async () => {
  const { world, creditNotes, directory } = await creditedWorld();
  const by = { actor: "opr_1", from: null };
  const asked = { tenant, month, reference: "T-3", amountMicros: 1, reason: "x" };
  directory.now = world.clock;
  creditNotes.issue(asked, 40, by);
  expect((await named(world)).breaches).toEqual([]);
  world.clock += limits.auditSlackMillis;
  const { breaches } = await named(world);
  expect(breaches).toEqual([breach(3, "it was issued, and the books do not have it")]);
});
