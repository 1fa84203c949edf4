import fc from "fast-check";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { Checkpoint } from "../../../core/billing/checkpoint.ts";
import type { Statement } from "../../../core/billing/statement.ts";
import { addTotals, emptyTotals, type UsageTotals } from "../../../core/ledger/usage.ts";
import { rollUpNext } from "../../../workers/billing/roll-up.ts";
import { MemoryWorld } from "./memory-books.ts";
import { directSum, doneAt, hour, utc } from "../../core/billing/usage-samples.ts";

const tenant = "tnt_a";
const billed = { preview: false };
const openKey = (month: string) => `statements/${tenant}/${month}.json`;
const finalKey = (month: string) => `final-statements/${tenant}/${month}.json`;
const checkpointKey = `rollups/${tenant}/local/0/checkpoint.json`;
const inNovember = utc("2026-11-20T10:15:00.000Z");
const inDecember = utc("2026-12-01T00:06:00.000Z");

beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});

/** One job in November, and November's final statement. */
async function worldInDecember(): Promise<MemoryWorld> {
  const world = new MemoryWorld([tenant], inNovember);
  world.ledgerOf(tenant).settle(doneAt(inNovember, 1));
  world.clock = inDecember;
  await rollUpNext(world, billed);
  return world;
}

describe("a final statement", () => {
  test("does not change for usage that comes late: the next month's charges it", async () => {
    const world = await worldInDecember();
    const final = world.bucket.text(finalKey("2026-11"));
    world.ledgerOf(tenant).settle(doneAt(inNovember + 1, 2));
    world.clock += hour;
    await rollUpNext(world, billed);
    expect(world.bucket.text(finalKey("2026-11"))).toBe(final);
    const december = world.bucket.json<Statement>(openKey("2026-12"));
    expect(december.usage).toEqual(emptyTotals);
    expect(december.adjustments).toMatchObject([
      {
        month: "2026-11",
        ledger: `${tenant}/local/0`,
        segments: { first: 2, last: 2 },
        usage: directSum([doneAt(inNovember, 2)]),
      },
    ]);
    expect(december.totalMicros).toBe(31);

    world.clock = utc("2027-01-01T00:06:00.000Z");
    await rollUpNext(world, billed);
    expect(world.bucket.json<Statement>(finalKey("2026-12"))).toMatchObject({
      adjustments: december.adjustments,
      totalMicros: 31,
    });
    expect(world.bucket.json(openKey("2027-01"))).not.toHaveProperty("adjustments");
  });

  test("that cannot be written yet keeps the late usage; the month after it shows none of it", async () => {
    const world = await worldInDecember();
    world.ledgerOf(tenant).settle(doneAt(inNovember + 1, 2));
    world.clock += hour;
    await rollUpNext(world, billed);
    world.clock = utc("2027-01-01T00:06:00.000Z");
    world.ledgerOf(tenant).reachable = false;
    await rollUpNext(world, billed);
    expect(world.bucket.text(finalKey("2026-12"))).toBeNull();
    expect(world.bucket.json<Statement>(openKey("2026-12")).adjustments).toHaveLength(1);
    expect(world.bucket.json(openKey("2027-01"))).not.toHaveProperty("adjustments");
  });

  test("that an earlier version stored with the open ones keeps its bytes and closes its month", async () => {
    const world = await worldInDecember();
    const final = world.bucket.objects.get(finalKey("2026-11"));
    if (!final) throw new Error("November is final");
    // As that version left things: one key for both, checkpoints without what was charged.
    world.bucket.objects.set(openKey("2026-11"), final);
    world.bucket.objects.delete(finalKey("2026-11"));
    const {
      closedMonths,
      readThrough: _,
      ...stored
    } = world.bucket.json<Checkpoint>(checkpointKey);
    const old = { ...stored, closedMonths: closedMonths.map(({ billed: __, ...each }) => each) };
    world.bucket.objects.set(checkpointKey, new TextEncoder().encode(JSON.stringify(old)));
    expect(await world.store.statement(tenant, "2026-11")).toMatchObject({ status: "final" });

    world.ledgerOf(tenant).settle(doneAt(inNovember + 1, 2));
    world.clock += hour;
    await rollUpNext(world, billed);
    expect(world.bucket.objects.get(finalKey("2026-11"))).toEqual(final);
    expect(world.bucket.json(openKey("2026-12"))).toMatchObject({
      adjustments: [{ month: "2026-11", usage: directSum([doneAt(inNovember, 2)]) }],
    });
  });

  test("is the first that was stored, whoever worked out another one meanwhile", async () => {
    const world = await worldInDecember();
    const first = world.bucket.json<Statement>(finalKey("2026-11"));
    expect(await world.store.putFinalStatement({ ...first, totalMicros: 1 })).toEqual(first);
    expect(await world.store.statement(tenant, "2026-11")).toEqual(first);
    expect(await world.store.finalStatement(tenant, "2026-12")).toBeNull();
    expect(await world.store.statement(tenant, "2027-01")).toBeNull();
  });
});

test("a statement that is asked for while it becomes final is there around every write, and never goes back", async () => {
  const world = new MemoryWorld([tenant], inNovember);
  world.ledgerOf(tenant).settle(doneAt(inNovember, 1));
  world.clock += hour;
  await rollUpNext(world, billed);
  world.clock = inDecember;
  const seen: (string | undefined)[] = [];
  const put = world.bucket.put.bind(world.bucket);
  vi.spyOn(world.bucket, "put").mockImplementation(async (...given) => {
    const ask = async () => seen.push((await world.store.statement(tenant, "2026-11"))?.status);
    await ask();
    const outcome = await put(...given);
    await ask();
    return outcome;
  });
  await Promise.all([rollUpNext(world, billed), rollUpNext(world, billed)]);
  const final = seen.indexOf("final");
  expect(new Set(seen.slice(0, final))).toEqual(new Set(["open"]));
  expect(new Set(seen.slice(final))).toEqual(new Set(["final"]));
});

test("late usage is charged once when a roll-up dies after a final statement, and older usage comes before the next", async () => {
  const world = new MemoryWorld([tenant], utc("2026-06-10T00:30:00.000Z"));
  const ledger = world.ledgerOf(tenant);
  const finals = new Map<string, string>();
  ledger.settle(doneAt(world.clock, 0));
  world.clock = utc("2026-09-10T00:30:00.000Z");
  await rollUpNext(world, billed);
  // June is final. Its late usage goes to September, whose roll-up dies before it remembers that.
  ledger.settle(doneAt(utc("2026-06-11T00:00:00.000Z"), 0));
  world.clock = utc("2026-10-10T00:30:00.000Z");
  await interrupted(world, { putsLeft: 3, reachable: true });
  expect(world.bucket.json<Statement>(finalKey("2026-09")).adjustments).toHaveLength(1);
  ledger.settle(doneAt(utc("2026-08-11T00:00:00.000Z"), 0));
  for (const month of [10, 11]) {
    world.clock = Date.UTC(2026, month, 2);
    await rollUpNext(world, billed);
    expectSame(finals, world);
  }
  expect(chargedIn(finals)).toEqual(directSum(ledger.events));
});

test("checkpoints may be deleted at any time: months without usage may have charged late usage", async () => {
  const world = await worldInDecember();
  const ledger = world.ledgerOf(tenant);
  ledger.settle(doneAt(inNovember + 1, 0));
  const finals = new Map<string, string>();
  for (const [year, month] of [
    [2027, 0],
    [2027, 3],
    [2027, 4],
  ] as const) {
    world.clock = Date.UTC(year, month, 2);
    world.bucket.objects.delete(checkpointKey);
    await rollUpNext(world, billed);
    expectSame(finals, world);
  }
  expect(chargedIn(finals)).toEqual(directSum(ledger.events));
});

test("a month of more pixels than a number can hold is billed like any other, and so is the month after", async () => {
  const world = new MemoryWorld([tenant], inNovember);
  for (const after of [0, 1, 2]) {
    world.clock = inNovember + after * hour;
    world.ledgerOf(tenant).settle({ ...doneAt(world.clock, 0), pixels: 4e15 });
    await rollUpNext(world, billed);
  }
  world.clock = inDecember;
  world.ledgerOf(tenant).settle(doneAt(inNovember, 0));
  await rollUpNext(world, billed);
  world.clock = utc("2027-01-01T00:06:00.000Z");
  await rollUpNext(world, billed);
  expect(world.bucket.json(finalKey("2026-11"))).toMatchObject({
    usage: { outputs: 8, computeUnits: 468, pixels: Number.MAX_SAFE_INTEGER },
  });
  expect(world.bucket.text(finalKey("2026-12"))).not.toBeNull();
});

type Step =
  | { readonly kind: "settle"; readonly late: number }
  | { readonly kind: "pass"; readonly hours: number }
  | { readonly kind: "roll-up"; readonly putsLeft: number; readonly reachable: boolean }
  | { readonly kind: "forget" };
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant("settle" as const),
    late: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 90 * 24 })),
  }),
  fc.record({ kind: fc.constant("pass" as const), hours: fc.integer({ min: 1, max: 20 * 24 }) }),
  fc.record({
    kind: fc.constant("roll-up" as const),
    putsLeft: fc.constantFrom(0, 1, 2, 3, 4, Infinity, Infinity, Infinity),
    reachable: fc.constantFrom(true, true, false),
  }),
  fc.constant({ kind: "forget" as const }),
);

test("every event is in exactly one final statement, however late it comes, and those never change", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 5, maxLength: 30, size: "max" }),
      async (steps) => {
        const world = new MemoryWorld([tenant], utc("2026-06-01T00:30:00.000Z"));
        const finals = new Map<string, string>();
        const ledger = world.ledgerOf(tenant);
        for (const next of steps) {
          if (next.kind === "pass") world.clock += next.hours * hour;
          else if (next.kind === "settle") ledger.settle(doneAt(world.clock - next.late * hour, 0));
          else if (next.kind === "forget") world.bucket.objects.delete(checkpointKey);
          else await interrupted(world, next);
          expectSame(finals, world);
        }
        // Whatever is still late then goes into the statement of the month after, and that ends too.
        for (const months of [1, 2]) {
          world.clock = Date.UTC(2028, 6 + months, 1, 1);
          await rollUpNext(world, billed);
          expectSame(finals, world);
        }
        expect(chargedIn(finals)).toEqual(directSum(ledger.events));
      },
    ),
  );
});

/** All that the final statements charge. */
function chargedIn(finals: ReadonlyMap<string, string>): UsageTotals {
  return [...finals.values()]
    .map((text) => JSON.parse(text) as Statement)
    .flatMap(({ usage, adjustments = [] }) => [usage, ...adjustments.map((each) => each.usage)])
    .reduce<UsageTotals>(addTotals, emptyTotals);
}

async function interrupted(
  world: MemoryWorld,
  { putsLeft, reachable }: { putsLeft: number; reachable: boolean },
): Promise<void> {
  world.bucket.putsLeft = putsLeft;
  world.ledgerOf(tenant).reachable = reachable;
  await rollUpNext(world, billed).catch(() => null);
  world.bucket.putsLeft = Infinity;
  world.ledgerOf(tenant).reachable = true;
}

/** All final statements that there were are there still, byte for byte; new ones are remembered. */
function expectSame(finals: Map<string, string>, { bucket }: MemoryWorld): void {
  for (const [key, text] of finals) expect(bucket.text(key)).toBe(text);
  for (const key of bucket.objects.keys()) {
    if (key.startsWith("final-statements/")) finals.set(key, bucket.text(key) ?? "");
  }
}
