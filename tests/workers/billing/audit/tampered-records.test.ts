import fc from "fast-check";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { KeyRing } from "../../../../core/books/key-ring.ts";
import { headText, type SignedHead } from "../../../../core/books/transparency.ts";
import { segmentKey } from "../../../../core/ledger/segment.ts";
import { hourOf } from "../../../../core/ledger/usage.ts";
import { HOUR, MINUTE } from "../../../../core/magnitudes.ts";
import { withNewKey } from "../../../../scripts/books/witness-keys.ts";
import { audit } from "../../../../workers/billing/audit/audit.ts";
import { rollUpNext } from "../../../../workers/billing/roll-up.ts";
import { utc } from "../../../core/billing/usage-samples.ts";
import { witnessKeys } from "../witness-keys.ts";
import { AuditedWorld } from "./audited-world.ts";

const tenant = "tnt_a";
const ledger = `${tenant}/local/0`;
const start = utc("2026-11-20T08:10:00.000Z");
const segments = 4;

const errors = vi.spyOn(console, "error");
beforeEach(() => errors.mockReset().mockImplementation(() => undefined));

/** Four hours of work, a record each, rolled up. `cheap`: the same jobs, and records that bill less for them. */
async function worldAtWork(cheap = false): Promise<AuditedWorld> {
  const world = new AuditedWorld([tenant], start);
  const settle = world.settle.bind(world);
  if (cheap) {
    vi.spyOn(world, "settle").mockImplementation((name, job) =>
      settle(name, { ...job, usage: job.usage && { ...job.usage, computeUnits: 1 } }),
    );
  }
  for (let hours = 0; hours < segments; hours++) {
    for (let job = 0; job < 3; job++) {
      world.clock += 1000;
      world.finish(tenant);
    }
    world.clock = hourOf(world.clock) + HOUR + 10 * MINUTE;
    await rollUpNext(world, { preview: true });
  }
  return world;
}

async function breachesOf(world: AuditedWorld): Promise<string[]> {
  const { breaches } = await audit(world, world.bucket, { tenant, cursor: null });
  return breaches.map(({ invariant, subject }) => `${invariant} ${subject}`);
}

const textOf = ({ bucket }: AuditedWorld, number: number) =>
  bucket.text(segmentKey(ledger, number)) ?? "";
const put = ({ bucket }: AuditedWorld, number: number, text: string) =>
  bucket.objects.set(segmentKey(ledger, number), new TextEncoder().encode(text));
const relined = (change: (lines: string[]) => string[]) => (world: AuditedWorld) =>
  put(world, 2, change(textOf(world, 2).split("\n")).join("\n"));

test("a byte that is another, wherever it is, is found in one run", async () => {
  const world = await worldAtWork();
  expect(await breachesOf(world)).toEqual([]);
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: segments }),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      async (number, position, mask) => {
        const key = segmentKey(ledger, number);
        const before = world.bucket.objects.get(key) ?? new Uint8Array();
        const bytes = Uint8Array.from(before);
        const at = position % bytes.length;
        bytes[at] = (bytes[at] ?? 0) ^ mask;
        world.bucket.objects.set(key, bytes);
        const found = await breachesOf(world);
        world.bucket.objects.set(key, before);
        const named = [`record ${number}`, `record ${number + 1}`];
        expect(found.some((each) => named.some((record) => each.endsWith(record)))).toBe(true);
      },
    ),
    { numRuns: 60 },
  );
});

describe("it is found in one run, and named:", () => {
  test.each<[string, (world: AuditedWorld) => unknown, string]>([
    ["a row that was removed", relined((lines) => lines.toSpliced(2, 1)), "record 2"],
    [
      "rows in each other's place",
      relined(([head = "", a = "", b = "", ...more]) => [head, b, a, ...more]),
      "record 2",
    ],
    ["a row twice", relined(([head = "", a = "", ...more]) => [head, a, a, ...more]), "record 2"],
    [
      "a forged row",
      relined((lines) => lines.map((line) => line.replace('"computeUnits":7', '"computeUnits":9'))),
      // Its own form is good: the next one shows that it was another.
      "record 3",
    ],
    [
      "a row that was given a time far ahead",
      relined((lines) => lines.map((line) => line.replace('"at":17', '"at":37'))),
      "record 3",
    ],
    [
      "rows that were given a time long ago",
      relined((lines) => lines.map((line) => line.replace('"at":17', '"at":16'))),
      "record 3",
    ],
    [
      "a record that was removed",
      ({ bucket }) => bucket.objects.delete(segmentKey(ledger, 3)),
      "record 3",
    ],
    ["a record twice", (world) => put(world, 3, textOf(world, 2)), "record 3"],
    [
      "records in each other's place",
      (world) => {
        const [two, three] = [textOf(world, 2), textOf(world, 3)];
        put(world, 2, three);
        put(world, 3, two);
      },
      "record 2",
    ],
    [
      "a record of another ledger",
      (world) => put(world, 2, textOf(world, 2).replace(tenant, "tnt_b")),
      "record 2",
    ],
  ])("%s", async (_, spoil, record) => {
    const world = await worldAtWork();
    spoil(world);
    expect(await breachesOf(world)).toContain(`records-are-a-chain ${record}`);
  });

  test("a whole chain that a dishonest ledger sealed again", async () => {
    const [world, other] = [await worldAtWork(), await worldAtWork(true)];
    for (let number = 1; number <= segments; number++) put(world, number, textOf(other, number));
    world.seal = (name) => other.seal(name);
    expect(await breachesOf(world)).toContain(`records-are-witnessed record ${segments}`);
  });

  test("a chain that went on otherwise after a restore", async () => {
    const [world, other] = [await worldAtWork(), await worldAtWork(true)];
    put(world, segments, textOf(other, segments));
    expect(await breachesOf(world)).toEqual(
      expect.arrayContaining([
        `records-are-a-chain record ${segments}`,
        `records-are-witnessed record ${segments}`,
      ]),
    );
  });

  test("a chain that was cut short", async () => {
    const world = await worldAtWork();
    world.bucket.objects.delete(segmentKey(ledger, segments));
    expect(await breachesOf(world)).toContain(`records-are-witnessed record ${segments}`);
  });

  test("a head that was signed with an old key after its end, or with one that nobody knows", async () => {
    const headOf = async (world: AuditedWorld, signer: KeyRing) => {
      const { value } = await world.witnessStore.head(ledger);
      if (!value) throw new Error("there is a head");
      const { key: _, signature: __, ...head } = value;
      const signed: SignedHead = { ...head, ...(await signer.sign(headText(head))) };
      const key = `witness/heads/${ledger}.json`;
      world.bucket.objects.set(key, new TextEncoder().encode(JSON.stringify(signed)));
    };
    const old = new KeyRing(JSON.stringify(witnessKeys));
    const rotated = (at: number) =>
      new KeyRing(JSON.stringify(withNewKey(witnessKeys as never, at)));

    // Signed while the old key still counted: honest.
    const honest = await worldAtWork();
    Object.assign(honest, { witness: rotated(honest.clock) });
    expect(await breachesOf(honest)).toEqual([]);

    const late = await worldAtWork();
    await headOf(late, old);
    Object.assign(late, { witness: rotated(start - 2 * HOUR) });
    expect(await breachesOf(late)).toContain("records-are-witnessed head");

    const unknown = await worldAtWork();
    await headOf(unknown, new KeyRing(JSON.stringify(withNewKey({ keys: [] }, start))));
    expect(await breachesOf(unknown)).toContain("records-are-witnessed head");
  });
});
