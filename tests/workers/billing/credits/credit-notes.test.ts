import { beforeEach, describe, expect, test, vi } from "vitest";
import type { Statement } from "../../../../core/billing/statement.ts";
import { creditChain } from "../../../../core/books/credit-note.ts";
import { hourName } from "../../../../core/books/transparency.ts";
import {
  creditedStatement,
  writeUnwritten,
} from "../../../../workers/billing/credits/credit-notes.ts";
import { writeCreditNotes } from "../../../../workers/billing/credits/write-credit-notes.ts";
import { rollUpNext } from "../../../../workers/billing/roll-up.ts";
import { logHour } from "../../../../workers/billing/witness/log-hour.ts";
import { proveHeads } from "../../../../workers/billing/witness/prove.ts";
import { doneAt, hour, utc } from "../../../core/billing/usage-samples.ts";
import { MemoryWorld } from "../memory-books.ts";
import { credit, registerFor } from "./credited-world.ts";

const tenant = "tnt_a";
const month = "2026-11" as const;
const finalKey = `final-statements/${tenant}/${month}.json`;
const asked = { tenant, month, reference: "T-1", amountMicros: 10, reason: "An outage" };
const errors = vi.spyOn(console, "error");
beforeEach(() => errors.mockReset().mockImplementation(() => undefined));

/** One job in November, and November's final statement, of 31 micro-units. */
async function worldInDecember() {
  const inNovember = utc("2026-11-20T10:15:00.000Z");
  const world = new MemoryWorld([tenant], inNovember);
  world.ledgerOf(tenant).settle(doneAt(inNovember, 1));
  world.clock = utc("2026-12-01T00:06:00.000Z");
  await rollUpNext(world, { preview: false });
  return { world, ...registerFor([tenant]) };
}

const shown = async (world: MemoryWorld) => creditedStatement(world.store, tenant, month);

describe("a credit note", () => {
  test("stands next to the final statement, which it does not change by a byte", async () => {
    const { world, register } = await worldInDecember();
    const final = world.bucket.text(finalKey) ?? "";
    expect(await shown(world)).toEqual(JSON.parse(final));
    const issued = await credit(world, register, asked);
    const statement = await shown(world);
    expect(issued).toEqual({ ok: true, value: statement });
    expect(statement).toMatchObject({
      totalMicros: 31,
      creditNotes: [{ number: 1, reference: "T-1", amountMicros: 10, reason: "An outage" }],
      creditedMicros: 10,
      payableMicros: 21,
    });
    expect(world.bucket.text(finalKey)).toBe(final);
    expect(JSON.stringify(statement).startsWith(final.slice(0, -1))).toBe(true);
  });

  test("is logged by the witness like the head of a ledger", async () => {
    const { world, register } = await worldInDecember();
    await credit(world, register, asked);
    const signedIn = hourName(world.clock);
    world.clock += hour;
    await logHour(world);
    const ledgers = (await proveHeads(world.witnessStore, tenant, signedIn)).map(
      ({ head }) => head.ledger,
    );
    expect(ledgers).toContain(creditChain(tenant, month));
  });

  test.each([
    ["of a month that is not final", { ...asked, month: "2026-12" as const }, "not-final"],
    ["of a month that is to come", { ...asked, month: "2027-05" as const }, "no-statement"],
    ["of a tenant without statements", { ...asked, tenant: "tnt_b" }, "no-statement"],
    ["above the total", { ...asked, amountMicros: 32 }, "too-much"],
  ])("%s is refused, and nothing is written", async (_, request, reason) => {
    const { world, register } = await worldInDecember();
    const before = [...world.bucket.objects.keys()];
    expect(await credit(world, register, request)).toMatchObject({ ok: false, error: { reason } });
    expect([...world.bucket.objects.keys()]).toEqual(before);
  });

  test("that is cut off at any write is whole after the next run, once", async () => {
    const whole = await worldInDecember();
    await credit(whole.world, whole.register, asked);
    const expected = await shown(whole.world);
    for (let puts = 0; puts < 3; puts++) {
      const { world, register, creditNotes } = await worldInDecember();
      world.bucket.putsLeft = puts;
      await expect(credit(world, register, asked)).rejects.toThrow("crashed");
      world.bucket.putsLeft = Infinity;
      await writeUnwritten(world, register);
      expect(await shown(world)).toEqual(expected);
      expect(creditNotes.unwritten()).toEqual([]);
      const chain = creditChain(tenant, month);
      expect((await world.witnessStore.head(chain)).value).toMatchObject({ number: 1 });
      expect(await credit(world, register, asked)).toEqual({ ok: true, value: expected });
    }
  });

  test("that is written once more leaves the head of its chain as it is", async () => {
    const { world, register } = await worldInDecember();
    await credit(world, register, asked);
    await credit(world, register, { ...asked, reference: "T-2" });
    const replaced = vi.spyOn(world.witnessStore, "replaceHead");
    const notes = (await shown(world))?.creditNotes ?? [];
    const issued = notes.map((note) => {
      const unwritten = { issuedAt: Date.parse(note.issuedAt), inBooks: false };
      return { ...asked, ...note, ...unwritten };
    });
    const final = world.bucket.json<Statement>(finalKey);
    expect(await writeCreditNotes(world, final, issued)).toHaveLength(2);
    expect(replaced).not.toHaveBeenCalled();
  });

  test("asked for by many at once is one note", async () => {
    const { world, register } = await worldInDecember();
    await Promise.all(Array.from({ length: 5 }, () => credit(world, register, asked)));
    expect((await shown(world))?.creditNotes).toHaveLength(1);
  });

  test("of which the books have another one is not overwritten, and said", async () => {
    const { world, register } = await worldInDecember();
    const key = `credit-notes/${tenant}/${month}/1.json`;
    await world.bucket.put(key, JSON.stringify({ ...asked, number: 1, amountMicros: 5 }));
    const forged = world.bucket.text(key);
    await expect(credit(world, register, asked)).rejects.toThrow("another credit note 1");
    expect(world.bucket.text(key)).toBe(forged);
  });

  test("does not reach the months after it, nor late usage", async () => {
    const { world, register } = await worldInDecember();
    await credit(world, register, { ...asked, amountMicros: 31 });
    world.ledgerOf(tenant).settle(doneAt(utc("2026-11-21T00:00:00.000Z"), 2));
    world.clock += hour;
    await rollUpNext(world, { preview: false });
    const december = world.bucket.json<Statement>(`statements/${tenant}/2026-12.json`);
    expect(december).toMatchObject({ totalMicros: 31, adjustments: [{ month }] });
    expect(await shown(world)).toMatchObject({ totalMicros: 31, payableMicros: 0 });
  });
});

test("one month whose notes do not fit holds up no other", async () => {
  const { world, register, storage } = await worldInDecember();
  storage.sql.exec(
    `INSERT INTO credit_notes (tenant, month, number, reference, amount_micros, reason, issued_at)
     VALUES (?, '2026-10', 1, 'x', 1, 'x', 0), (?, ?, 1, 'T-1', 10, 'An outage', 0)`,
    ...[tenant, tenant, month],
  );
  await writeUnwritten(world, register);
  expect(await shown(world)).toMatchObject({ creditedMicros: 10 });
  expect(errors.mock.calls).toMatchObject([[{ event: "credit-notes-not-written", tenant }]]);
});

test.each([
  ["one is missing", [{ ...asked, number: 2 }]],
  [
    "together they are more than the statement's total",
    [
      { ...asked, number: 1, amountMicros: 30 },
      { ...asked, number: 2, reference: "T-2", amountMicros: 2 },
    ],
  ],
])("notes that do not go with their statement, since %s, are in no book", async (_, notes) => {
  const { world } = await worldInDecember();
  const statement = world.bucket.json<Statement>(finalKey);
  const before = [...world.bucket.objects.keys()];
  const issued = notes.map((note) => ({ ...note, issuedAt: 0, inBooks: false }));
  await expect(writeCreditNotes(world, statement, issued)).rejects.toThrow("does not fit");
  expect([...world.bucket.objects.keys()]).toEqual(before);
});

test("a Directory that is away is asked again by the next run", async () => {
  const { world, register } = await worldInDecember();
  const unwrittenCreditNotes = () => Promise.reject(new Error("away"));
  await writeUnwritten(world, { ...register, unwrittenCreditNotes });
  expect(errors.mock.calls).toMatchObject([[{ event: "credit-notes-not-written" }]]);
});
