import fc from "fast-check";
import { expect, test } from "vitest";
import {
  firstPrevious,
  openSegment,
  segmentKey,
  type OpenedSegment,
} from "../../../../core/ledger/segment.ts";
import { directSum } from "../../../core/billing/usage-samples.ts";
import { addTotals, emptyTotals } from "../../../../core/ledger/usage.ts";
import { LedgerWorld } from "../ledger-world.ts";

test("a restored ledger goes on from what it stored, says so, and bills nothing twice", async () => {
  const world = new LedgerWorld();
  const [before, open, late] = [world.accept(), world.accept(), world.accept()];
  world.finish(before);
  await world.ledger.seal();
  world.finish(late);
  const backup = backupOf(world);
  world.finish(open);
  const lost = world.accept();
  world.finish(lost);
  await world.ledger.seal();

  restore(world, backup);
  world.pass(60_000);
  const fresh = world.accept();
  world.finish(fresh);
  expect(await world.ledger.seal()).toMatchObject({ segments: 3 });
  expect(world.events("ledger-restored")).toMatchObject([{ from: 1, through: 2 }]);
  // What was settled in the life that is forgotten is settled again, and stays billed once.
  world.finish(open);
  world.finish(world.accept());
  await world.ledger.seal();

  const chain = chainOf(world);
  expect(chain.map(({ header }) => header.incarnation)).toEqual([1, 1, 2, 2]);
  const jobs = chain.flatMap(({ events }) => events.map(({ job }) => job));
  expect(jobs.slice(0, 5)).toEqual([before, late, open, lost, fresh]);
  expect(new Set(jobs).size).toBe(jobs.length);
  const { used } = world.ledger.account(world.request());
  expect(used.jobsThisMonth).toBe(jobs.length);
  await world.wake().seal();
  expect(world.events("ledger-restored")).toHaveLength(1);
});

test("what was taken over counts at once, also when the next segment cannot be read yet", async () => {
  const world = new LedgerWorld();
  const backup = backupOf(world);
  for (let count = 0; count < 2; count++) {
    world.finish(world.accept());
    await world.ledger.seal();
  }
  restore(world, backup);
  world.books.before = (call, key) => {
    if (call === "get" && key === segmentKey(world.name, 2)) throw new Error("away");
  };
  await expect(world.ledger.seal()).rejects.toThrow("away");
  const used = () => world.ledger.account(world.request()).used.jobsThisMonth;
  expect(used()).toBe(1);
  world.books.before = () => undefined;
  await world.ledger.seal();
  expect(used()).toBe(2);
  expect(world.events("ledger-restored")).toMatchObject([
    { from: 0, through: 1 },
    { from: 1, through: 2 },
  ]);
});

test("a ledger stops at a segment that does not continue its chain, instead of overwriting it", async () => {
  const [world, other] = [new LedgerWorld(), new LedgerWorld()];
  other.pass(1000);
  for (const each of [world, other]) {
    each.finish(each.accept());
    await each.ledger.seal();
  }
  other.finish(other.accept());
  await other.ledger.seal();
  const key = segmentKey(world.name, 2);
  const foreign = other.books.text(key) ?? "";
  await world.books.put(key, foreign);
  world.finish(world.accept());
  await expect(world.wake().seal()).rejects.toThrow("broken-chain");
  expect(world.books.text(key)).toBe(foreign);
  expect(world.rows(`SELECT seq FROM events`)).toHaveLength(1);
});

const actions = fc.array(
  fc.constantFrom("accept", "finish", "seal", "alarm", "sleep", "backup", "restore"),
  { minLength: 5, maxLength: 60 },
);

test("whenever it is restored, each job is in the chain once and the hours are its sums", async () => {
  await fc.assert(
    fc.asyncProperty(actions, async (history) => {
      const world = new LedgerWorld();
      let backup = backupOf(world);
      const open: string[] = [];
      for (const action of history) {
        world.pass(20 * 60_000);
        if (action === "accept") open.push(world.accept());
        if (action === "finish") finishOne(world, open);
        if (action === "seal") await world.ledger.seal();
        if (action === "alarm") await world.ledger.alarm();
        if (action === "sleep") world.wake();
        if (action === "backup") backup = backupOf(world);
        if (action === "restore") restore(world, backup);
      }
      await world.wake().seal();
      const events = chainOf(world).flatMap((segment) => segment.events);
      expect(new Set(events.map(({ job }) => job)).size).toBe(events.length);
      const { hours } = world.ledger.usage(0, Number.MAX_SAFE_INTEGER);
      const sum = hours.map(({ totals }) => totals).reduce(addTotals, emptyTotals);
      expect(sum).toEqual(directSum(events));
      const settled = world.rows<{ id: string }>(`SELECT id FROM jobs WHERE due IS NULL`);
      const billed = new Set(events.map(({ job }) => job));
      expect(settled.filter(({ id }) => !billed.has(id))).toEqual([]);
    }),
    { numRuns: 40 },
  );
});

/** Settles one of the jobs that the ledger still knows as open. */
function finishOne(world: LedgerWorld, open: string[]): void {
  for (let id = open.shift(); id; id = open.shift()) {
    const [claim] = world.ledger.claim([{ job: id, redelivered: true }], true);
    if (claim?.verdict !== "render") continue;
    const outcome = { kind: "failed", problem: { code: "internal" } } as never;
    world.ledger.settle([{ job: id, outcome, ...(claim.attempt && { attempt: claim.attempt }) }]);
    return;
  }
}

function chainOf(world: LedgerWorld): OpenedSegment[] {
  const chain: OpenedSegment[] = [];
  for (let number = 1; ; number++) {
    const stored = world.books.objects.get(segmentKey(world.name, number));
    if (!stored) return chain;
    const before = chain.at(-1);
    const opened = openSegment(stored.bytes, {
      ledger: world.name,
      number,
      previous: before?.hash ?? firstPrevious,
      firstSeq: (before?.header.lastSeq ?? 0) + 1,
    });
    if (!opened.ok) throw new Error(`segment ${number}: ${opened.error.reason}`);
    chain.push(opened.value);
  }
}

type Backup = ReadonlyMap<string, readonly Record<string, string | number | null>[]>;

function backupOf({ storage }: LedgerWorld): Backup {
  const tables = storage.sql.exec<{ name: string }>(
    `SELECT name FROM sqlite_schema WHERE type = 'table'`,
  );
  return new Map(
    tables.toArray().map(({ name }) => [
      name,
      storage.sql
        .exec<Record<string, string | number | null>>(`SELECT * FROM ${name}`)
        .toArray()
        .map((row) => ({ ...row })),
    ]),
  );
}

/** As the platform does it: the object starts again from what was stored then. */
function restore(world: LedgerWorld, backup: Backup): void {
  for (const [table, rows] of backup) {
    world.storage.sql.exec(`DELETE FROM ${table}`);
    for (const row of rows) {
      const names = Object.keys(row);
      const places = names.map(() => "?").join(", ");
      world.storage.sql.exec(
        `INSERT INTO ${table} (${names.join(", ")}) VALUES (${places})`,
        ...Object.values(row),
      );
    }
  }
  world.wake();
}
