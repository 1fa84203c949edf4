import { describe, expect, test } from "vitest";
import { limits } from "../../../core/limits.ts";
import { SqliteStorage } from "../../../simulator/sqlite-storage.ts";
import { by, DirectoryWorld } from "./directory-world.ts";

const month = "2028-12" as const;
const total = 1000;

async function worldWithTenant() {
  const world = new DirectoryWorld();
  const { id: tenant } = await world.newTenant();
  const issue = (reference: string, amountMicros: number, reason = "outage") =>
    world.registry.creditNotes.issue({ tenant, month, reference, amountMicros, reason }, total, by);
  const trail = () =>
    world.registry.trail
      .page(0, 100, tenant)
      .filter(({ action }) => action === "credit-note.issue");
  return { world, tenant, issue, trail };
}

describe("a credit note", () => {
  test("is issued together with its entry in the tenant's audit trail", async () => {
    const { world, tenant, issue, trail } = await worldWithTenant();
    const note = { tenant, month, reference: "T-1", amountMicros: 400, reason: "outage" };
    expect(issue("T-1", 400)).toEqual({
      ok: true,
      value: [{ ...note, number: 1, issuedAt: world.now, inBooks: false }],
    });
    const { tenant: _, ...after } = note;
    expect(trail()).toMatchObject([
      { ...by, subject: `${month}/1`, before: null, after: { ...after, number: 1 } },
    ]);
  });

  test("that cannot be entered in the trail is not issued", async () => {
    const storage = new SqliteStorage();
    const world = new DirectoryWorld(storage);
    const { id: tenant } = await world.newTenant();
    storage.sql.exec(
      `CREATE TRIGGER full BEFORE INSERT ON credit_notes BEGIN SELECT RAISE(ABORT, 'full'); END`,
    );
    const before = world.registry.trail.page(0, 100, null).length;
    const asked = { tenant, month, reference: "T-1", amountMicros: 1, reason: "x" };
    expect(() => world.registry.creditNotes.issue(asked, total, by)).toThrow("full");
    expect(world.registry.trail.page(0, 100, null)).toHaveLength(before);
  });

  test("is issued once for a reference, and other content under it is refused", async () => {
    const { issue, trail } = await worldWithTenant();
    const first = issue("T-1", 400);
    expect(issue("T-1", 400)).toEqual(first);
    const other = { ok: false, error: { reason: "other-note" } };
    expect(issue("T-1", 401)).toEqual(other);
    expect(issue("T-1", 400, "another")).toEqual(other);
    expect(trail()).toHaveLength(1);
  });

  test("takes off no more than the notes before it leave, to the last micro-unit", async () => {
    const { issue, trail } = await worldWithTenant();
    issue("T-1", 400);
    const tooMuch = { ok: false, error: { reason: "too-much", leftMicros: 600 } };
    expect(issue("T-2", 601)).toEqual(tooMuch);
    expect(issue("T-2", 600)).toMatchObject({ ok: true, value: [{}, { number: 2 }] });
    expect(issue("T-3", 1)).toMatchObject({ error: { leftMicros: 0 } });
    expect(trail()).toHaveLength(2);
  });

  test("is one of a bounded number in a month; another month has its own", async () => {
    const { world, tenant, issue } = await worldWithTenant();
    for (let number = 1; number <= limits.creditNotesPerMonthMax; number++) issue(`T-${number}`, 1);
    expect(issue("more", 1)).toEqual({ ok: false, error: { reason: "too-many" } });
    const asked = { tenant, reference: "T-1", amountMicros: 1, reason: "outage" };
    const other = world.registry.creditNotes.issue({ ...asked, month: "2028-11" }, total, by);
    expect(other).toMatchObject({ ok: true, value: [{ number: 1 }] });
  });
});

test("what the books do not have is asked for with the whole month, until they have it", async () => {
  const { world, tenant, issue } = await worldWithTenant();
  issue("T-1", 1);
  world.registry.creditNotes.written(tenant, month, 1);
  expect(world.registry.creditNotes.unwritten()).toEqual([]);
  issue("T-2", 1);
  world.evict();
  expect(world.registry.creditNotes.unwritten()).toMatchObject([
    [
      { number: 1, inBooks: true },
      { number: 2, inBooks: false },
    ],
  ]);
  world.registry.creditNotes.written(tenant, month, 2);
  expect(world.registry.creditNotes.unwritten()).toEqual([]);
  expect(world.registry.creditNotes.ofTenant(tenant).map(({ number }) => number)).toEqual([1, 2]);
});
