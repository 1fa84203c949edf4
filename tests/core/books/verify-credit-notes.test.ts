import { beforeAll, describe, expect, test, vi } from "vitest";
import type { CreditedStatement } from "../../../core/billing/credit-note.ts";
import {
  creditChain,
  creditNoteHash,
  creditNoteHead,
  type StatedCreditNote,
} from "../../../core/books/credit-note.ts";
import { headText } from "../../../core/books/transparency.ts";
import { verifyBooks } from "../../../core/books/verify/verify.ts";
import { creditedStatement } from "../../../workers/billing/credits/credit-notes.ts";
import { rollUpNext } from "../../../workers/billing/roll-up.ts";
import { logHour } from "../../../workers/billing/witness/log-hour.ts";
import type { MemoryWorld } from "../../workers/billing/memory-books.ts";
import { credit, registerFor } from "../../workers/billing/credits/credited-world.ts";
import { hour } from "../billing/usage-samples.ts";
import { keep, month, tenant, worldOf, type Spoilable } from "./kept-books.ts";

let world: MemoryWorld;
beforeAll(async () => {
  world = await worldOf(6);
  await rollUpNext(world, { preview: false });
  const { register } = registerFor([tenant]);
  for (const [index, reason] of ["An outage", "Another", "A third"].entries()) {
    const reference = `T-${index + 1}`;
    const asked = {
      tenant,
      month: "2026-11" as const,
      reference,
      amountMicros: 100 + index,
      reason,
    };
    await credit(world, register, asked);
  }
  world.clock += hour;
  await logHour(world);
});

type Credited = CreditedStatement & { readonly creditNotes: StatedCreditNote[] };

async function keepCredited(): Promise<Spoilable & { creditNotes?: readonly StatedCreditNote[] }> {
  const books = await keep(world);
  // December's.
  books.segments.delete(6);
  books.statement = JSON.stringify(await creditedStatement(world.store, tenant, month));
  return books;
}

/** The books with other notes; what follows from them follows. */
async function keepWith(change: (notes: StatedCreditNote[]) => StatedCreditNote[]) {
  const books = await keepCredited();
  const statement = JSON.parse(books.statement) as Credited;
  const creditNotes = change(statement.creditNotes);
  const creditedMicros = creditNotes.reduce((sum, note) => sum + (note?.amountMicros ?? 0), 0);
  const payableMicros = statement.totalMicros - creditedMicros;
  books.statement = JSON.stringify({ ...statement, creditNotes, creditedMicros, payableMicros });
  return books;
}

const faultsOf = async (books: Spoilable) =>
  (await verifyBooks(books)).faults.map(({ fault, where }) => `${fault} ${where}`);

describe("a credited month", () => {
  test("is proved: notes, and the statement with them byte for byte", async () => {
    expect(await verifyBooks(await keepCredited())).toMatchObject({
      statement: "identical",
      faults: [],
    });
  });

  test("has its notes in the witness's log", async () => {
    const { loggedHeads } = await keepCredited();
    const heads = loggedHeads.flatMap(({ heads: proven }) => proven.map(({ head }) => head));
    const own = heads.filter(({ ledger }) => ledger === creditChain(tenant, month));
    expect(own.map(({ number }) => number)).toEqual([1, 2, 3]);
  });
});

describe("found and named", () => {
  const spoilt: [string, (notes: StatedCreditNote[]) => StatedCreditNote[], string][] = [
    ["the last note removed", (notes) => notes.slice(0, 2), "credit-note-missing credit note 3"],
    ["one in the middle", (notes) => notes.toSpliced(1, 1), "credit-note-missing credit note 2"],
    ["all removed", () => [], "credit-note-missing credit note 1"],
    [
      "a note doubled",
      (notes) => [...notes, ...notes.slice(2)],
      "credit-note-repeated credit note 3",
    ],
    [
      "one doubled under a new number",
      (notes) => [...notes, ...notes.slice(2).map((note) => ({ ...note, number: 4 }))],
      "credit-note-repeated credit note 4",
    ],
    [
      "two in the wrong order",
      ([a, b, c]) => [b, a, c] as StatedCreditNote[],
      "credit-note-out-of-place credit note 3",
    ],
    [
      "another amount",
      (notes) => notes.map((note) => ({ ...note, amountMicros: note.amountMicros + 1 })),
      "credit-note-forged credit note 1",
    ],
    [
      "another reason",
      (notes) => notes.with(2, { ...notes[2], reason: "x" } as StatedCreditNote),
      "credit-note-forged credit note 3",
    ],
    [
      "a negative amount",
      (notes) => notes.with(0, { ...notes[0], amountMicros: -5 } as StatedCreditNote),
      "credit-note-forged credit note 1",
    ],
    [
      "an amount beyond 2^53",
      (notes) => notes.with(0, { ...notes[0], amountMicros: 2 ** 60 } as StatedCreditNote),
      "credit-note-forged credit note 1",
    ],
    [
      "more than a thousand that are none, the last of the first thousand",
      () => Array(1001).fill(null) as never,
      "credit-note-forged credit note 1000",
    ],
    ["what is no note", () => [null, 7, "x"] as never, "credit-note-forged credit note 1"],
  ];
  test.each(spoilt)("%s", async (_, change, named) => {
    const books = await keepWith(change);
    expect(await faultsOf(books)).toContain(named);
  });

  test("a thousand of any number of notes: the signatures of no more are checked", async () => {
    const books = await keepWith(([note]) => Array<StatedCreditNote>(1002).fill(note!));
    books.loggedHeads = [];
    const verify = vi.spyOn(crypto.subtle, "verify");
    await verifyBooks(books);
    const texts = verify.mock.calls.map(([, , , text]) => new TextDecoder().decode(text));
    verify.mockRestore();
    const chain = creditChain(tenant, month);
    expect(texts.filter((text) => text.includes(chain))).toHaveLength(1000);
  });

  test.each<[keyof StatedCreditNote, unknown]>([
    ["number", 0],
    ["number", 1.5],
    ["amountMicros", 0],
    ["signedAt", "now"],
    ["reference", 7],
    ["reason", null],
    ["issuedAt", undefined],
    ["previous", 7],
    ["key", 7],
    ["signature", 7],
  ])("a note with %s = %j, as none", async (field, value) => {
    const books = await keepWith((notes) =>
      notes.with(0, { ...notes[0], [field]: value } as StatedCreditNote),
    );
    const { faults } = await verifyBooks(books);
    expect(faults).toContainEqual({
      fault: "credit-note-forged",
      where: "credit note 1",
      detail: "it is no credit note",
    });
  });

  test("notes of a statement that is not final", async () => {
    const books = await keepCredited();
    const final = JSON.parse(books.statement) as Credited;
    books.statement = JSON.stringify({ ...final, status: "open" });
    const { faults } = await verifyBooks(books);
    expect(faults.map(({ detail }) => detail)).toContain("the statement is not final");
    books.statement = JSON.stringify({ ...final, creditNotes: [], status: "open" });
    const without = await verifyBooks(books);
    expect(without.faults.map(({ detail }) => detail)).not.toContain("the statement is not final");
  });

  test("a first note that is missing, by the number of the next, though no head tells of it", async () => {
    const books = await keepWith((notes) => notes.slice(1));
    books.loggedHeads = [];
    const faults = await faultsOf(books);
    expect(faults.filter((fault) => fault.startsWith("credit"))).toEqual([
      "credit-note-missing credit note 1",
    ]);
  });

  test("a note that the witness signed in place of one it had signed", async () => {
    const books = await keepWith((notes) => notes);
    const statement = JSON.parse(books.statement) as Credited;
    const [first, ...rest] = statement.creditNotes;
    if (!first) throw new Error("no note");
    const note = { ...first, tenant, month, currency: "USD", amountMicros: 1 };
    const signature = await world.witness.sign(headText(creditNoteHead(note)));
    const forged = { ...first, amountMicros: 1, ...signature };
    const second = { ...rest[0], previous: creditNoteHash(note) } as StatedCreditNote;
    const creditNotes = [forged, second, ...rest.slice(1)];
    books.statement = JSON.stringify({ ...statement, creditNotes });
    expect(await faultsOf(books)).toContain("credit-note-forged credit note 1");
  });

  test("notes signed with a key that is for receipts alone", async () => {
    const books = await keepCredited();
    const keys = books.keys.keys.map((key) => ({ ...key, purpose: "receipts" as const }));
    const faults = await faultsOf({ ...books, keys: { keys } });
    expect(faults.filter((fault) => fault.startsWith("credit-note-forged"))).toHaveLength(3);
  });

  test("a note of another month", async () => {
    const books = await keep(world, "2026-12");
    const { creditNotes } = JSON.parse((await keepCredited()).statement) as Credited;
    const december = JSON.parse(books.statement) as CreditedStatement;
    books.statement = JSON.stringify({ ...december, creditNotes });
    expect(await faultsOf(books)).toContain("credit-note-forged credit note 1");
  });

  test("a payable amount that does not follow", async () => {
    const books = await keepCredited();
    books.statement = books.statement.replace(/"payableMicros":\d+/, `"payableMicros":1`);
    expect(await faultsOf(books)).toEqual(["statement-differs statement"]);
  });

  test("more credited than there was to pay", async () => {
    const { totalMicros } = JSON.parse((await keep(world)).statement) as CreditedStatement;
    const books = await keepWith((notes) =>
      notes.map((note) => ({ ...note, amountMicros: totalMicros })),
    );
    expect(await faultsOf(books)).toContain("credit-notes-exceed-total credit notes");
  });

  test("a note that an earlier export kept and the statement no longer has, though no head tells of it", async () => {
    const books = await keepWith((notes) => notes.slice(0, 2));
    const kept = (JSON.parse((await keepCredited()).statement) as Credited).creditNotes;
    books.loggedHeads = [];
    books.creditNotes = kept;
    const faults = await faultsOf(books);
    expect(faults.filter((fault) => fault.startsWith("credit"))).toEqual([
      "credit-note-missing credit note 3",
    ]);
    books.creditNotes = kept.map((note) => ({ ...note, reason: "as it was" }));
    expect(await faultsOf(books)).toContain("credit-note-forged credit note 2");
  });
});
