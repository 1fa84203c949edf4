import fc from "fast-check";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { emptyCheckpoint } from "../../../core/billing/checkpoint.ts";
import type { Statement } from "../../../core/billing/statement.ts";
import { segmentKey } from "../../../core/ledger/segment.ts";
import { readChain } from "../../../workers/billing/read-chain.ts";
import { rollUpNext } from "../../../workers/billing/roll-up.ts";
import { MemoryWorld } from "./memory-books.ts";
import { directSum, doneAt, hour, utc } from "../../core/billing/usage-samples.ts";

const tenant = "tnt_a";
const november = `statements/${tenant}/2026-11.json`;
const start = utc("2026-11-20T10:15:00.000Z");
const billed = { preview: false };

const errors = vi.spyOn(console, "error");
beforeEach(() => errors.mockReset().mockImplementation(() => undefined));

/** Three stored segments of which the books have read one. */
async function worldWithChain(): Promise<MemoryWorld> {
  const world = new MemoryWorld([tenant], start);
  for (const seq of [1, 2, 3]) {
    world.clock = start + seq * hour;
    world.ledgerOf(tenant).settle(doneAt(world.clock - 1, seq));
    await world.seal(`${tenant}/local/0`);
    if (seq === 1) await rollUpNext(world, billed);
  }
  return world;
}

describe("a chain that cannot be trusted raises an alarm and bills nothing", () => {
  const key = (number: number) => segmentKey(`${tenant}/local/0`, number);

  async function expectAlarm(world: MemoryWorld, segment: number, reason?: string): Promise<void> {
    const before = new Map(world.bucket.objects);
    expect(await rollUpNext(world, billed)).toMatchObject({
      ledgers: { included: 0, known: 1 },
      segments: 0,
    });
    expect(world.bucket.json<Statement>(november)).toMatchObject({
      usage: directSum([doneAt(start, 1)]),
      ledgers: { included: 0, known: 1 },
      late: [
        {
          ledger: `${tenant}/local/0`,
          through: "2026-11-20T11:00:00.000Z",
          reason: "not-trusted",
        },
      ],
    });
    before.delete(november);
    world.bucket.objects.delete(november);
    expect(world.bucket.objects).toEqual(before);
    expect(errors).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({
        event: "ledger-chain-broken",
        ledger: `${tenant}/local/0`,
        segment,
        ...(reason ? { reason } : {}),
      }),
    );
  }

  test("when a segment is missing", async () => {
    const world = await worldWithChain();
    world.bucket.objects.delete(key(3));
    await expectAlarm(world, 3, "missing");
  });

  test("when two segments have changed places", async () => {
    const world = await worldWithChain();
    const [second, third] = [world.bucket.objects.get(key(2)), world.bucket.objects.get(key(3))];
    if (!second || !third) throw new Error("three segments were stored");
    world.bucket.objects.set(key(2), third).set(key(3), second);
    await expectAlarm(world, 2, "other-number");
  });

  test("when another ledger's segment lies there", async () => {
    const world = await worldWithChain();
    const text = world.bucket.text(key(2))?.replace(tenant, "tnt_b");
    world.bucket.objects.set(key(2), new TextEncoder().encode(text));
    await expectAlarm(world, 2, "other-ledger");
  });

  test.each([
    ["one in the middle is rewritten", 2, 3, "broken-chain"],
    ["the last one is rewritten", 3, 3, "other-hash"],
  ])("when %s to perfect form", async (_, rewritten, segment, reason) => {
    const world = await worldWithChain();
    const text = world.bucket
      .text(key(rewritten))
      ?.replace('"computeUnits":117', '"computeUnits":118');
    world.bucket.objects.set(key(rewritten), new TextEncoder().encode(text));
    await expectAlarm(world, segment, reason);
  });

  test("when the ledger knows less than the books", async () => {
    const world = await worldWithChain();
    world.seal = () => Promise.resolve({ segments: 0, hash: "", sealedThrough: world.clock });
    await expectAlarm(world, 0, "ledger-is-behind");
  });

  test("when any byte has changed", async () => {
    const pristine = await worldWithChain();
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(2, 3),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        async (number, position, mask) => {
          errors.mockClear();
          const world = await worldWithChain();
          const bytes = Uint8Array.from(pristine.bucket.objects.get(key(number)) ?? []);
          const at = position % bytes.length;
          bytes[at] = (bytes[at] ?? 0) ^ mask;
          world.bucket.objects.set(key(number), bytes);
          expect(await rollUpNext(world, billed)).toMatchObject({
            ledgers: { included: 0, known: 1 },
          });
          expect(world.bucket.json<Statement>(november).usage).toEqual(
            directSum([doneAt(start, 1)]),
          );
          expect(errors).toHaveBeenCalledOnce();
        },
      ),
    );
  });
});

describe("an event at a time that cannot be", () => {
  async function worldWithEventAt(at: number): Promise<MemoryWorld> {
    const world = new MemoryWorld([tenant], start);
    world.ledgerOf(tenant).settle(doneAt(start, 1));
    world.clock = start + hour;
    await rollUpNext(world, billed);
    world.ledgerOf(tenant).settle(doneAt(at, 2));
    world.clock += hour;
    await rollUpNext(world, billed);
    return world;
  }
  const notTrusted = { late: [{ ledger: `${tenant}/local/0`, reason: "not-trusted" }] };

  test.each([
    ["before there were prices", utc("2025-12-31T23:59:59.999Z")],
    ["at the beginning of time", 0],
    ["more than an hour ahead", start + 3 * hour + 1],
    ["in a month that never comes", utc("9999-12-31T00:00:00.000Z")],
  ])("%s, makes its ledger one that is not trusted, and no month", async (_, at) => {
    const world = await worldWithEventAt(at);
    expect(world.bucket.json<Statement>(november)).toMatchObject(notTrusted);
    const statements = [...world.bucket.objects.keys()].filter((key) => /statements/.test(key));
    expect(statements).toEqual([november]);
    expect(errors).toHaveBeenCalledWith(
      expect.objectContaining({ event: "ledger-chain-broken", reason: "impossible-time" }),
    );
  });

  test("among others that can be, makes the ledger one that is not trusted", async () => {
    const world = new MemoryWorld([tenant], start);
    for (const at of [start, 0, start]) world.ledgerOf(tenant).settle(doneAt(at, 1));
    world.clock = start + hour;
    await rollUpNext(world, billed);
    expect(errors).toHaveBeenCalledWith(expect.objectContaining({ reason: "impossible-time" }));
  });

  test("when prices began, is no reason", async () => {
    const world = await worldWithEventAt(utc("2026-01-01T00:00:00.000Z"));
    expect(world.bucket.json<Statement>("final-statements/tnt_a/2026-01.json").usage.jobsDone).toBe(
      1,
    );
    expect(errors).not.toHaveBeenCalled();
  });

  test("ahead, is billed once its time has come", async () => {
    const world = await worldWithEventAt(start + 3 * hour + 1);
    world.clock = start + 3 * hour + 2;
    await rollUpNext(world, billed);
    world.clock += 2 * hour;
    await rollUpNext(world, billed);
    const statement = world.bucket.json<Statement>(november);
    expect(statement).toMatchObject({ usage: { jobsDone: 2 }, ledgers: { included: 1 } });
    expect(statement).not.toHaveProperty("late");
  });

  test("ahead by what clocks may differ, is no reason", async () => {
    const world = await worldWithEventAt(start + 3 * hour);
    expect(world.bucket.json<Statement>(november)).not.toHaveProperty("late");
  });
});

test("a ledger without segments has no hash that could be wrong", async () => {
  const world = await worldWithChain();
  const watermark = { segments: 0, hash: "none", sealedThrough: world.clock };
  const from = emptyCheckpoint(`${tenant}/local/0`);
  const claims = { watermark, witnessed: null, now: world.clock };
  expect(await readChain(world.store, from, claims, 1)).toMatchObject({ ok: true });
});

test("reading stops when the turn has read enough, and says that it is not whole", async () => {
  const world = await worldWithChain();
  const watermark = await world.seal(`${tenant}/local/0`);
  const from = emptyCheckpoint(`${tenant}/local/0`);
  expect(
    await readChain(world.store, from, { watermark, witnessed: null, now: world.clock }, 2),
  ).toMatchObject({
    ok: true,
    value: { whole: false, checkpoint: { nextSegment: 3 } },
  });
  expect(
    await readChain(world.store, from, { watermark, witnessed: null, now: world.clock }, 3),
  ).toMatchObject({
    ok: true,
    value: { whole: true, checkpoint: { nextSegment: 4 } },
  });
});
