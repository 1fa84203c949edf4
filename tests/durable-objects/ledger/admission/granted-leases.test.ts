import { beforeEach, expect, test } from "vitest";
import { limitsOf } from "../../../../core/identity/tenant-limits.ts";
import { noAmounts, type Amounts } from "../../../../core/ledger/lease.ts";
import { monthOf } from "../../../../core/ledger/usage.ts";
import { LedgerWorld } from "../ledger-world.ts";

/** What a tenant's first shard leases to the others. */
let world: LedgerWorld;
beforeEach(() => {
  world = new LedgerWorld();
});

const brought = {
  limits: limitsOf("custom", { jobsInFlight: 10, jobsPerMonth: 10 }),
  limitsVersion: 1,
};

/** The jobs in flight that a shard may have, and those of the month. */
function ask(shard: number, number: number, used: Partial<Amounts>, needed: Partial<Amounts>) {
  const month = monthOf(world.now);
  const each = {
    used: { ...noAmounts, ...used },
    needed: { ...noAmounts, ...needed },
  };
  return world.ledger.lease({ shard, number, month, ...each }, brought);
}

test("an ask that a later one overtook, or that comes twice, changes nothing", () => {
  const granted = ask(1, 2, {}, { jobsInFlight: 4 });
  expect(ask(1, 1, {}, { jobsInFlight: 9 })).toEqual(granted);
  expect(ask(1, 2, {}, { jobsInFlight: 9 })).toEqual(granted);
  const left = 10 - granted.ceiling.jobsInFlight;
  expect(ask(2, 1, {}, { jobsInFlight: left })).toMatchObject({ isShort: false });
});

test("a shard may have the rest, and what it holds is not taken from it", () => {
  const before = ask(1, 1, {}, { jobsInFlight: 4 }).ceiling.jobsInFlight;
  expect(before).toBeGreaterThanOrEqual(4);
  const more = ask(1, 2, { jobsInFlight: 1 }, { jobsInFlight: 1 });
  expect(more.ceiling.jobsInFlight).toBeGreaterThanOrEqual(before);
  const all = ask(1, 3, { jobsInFlight: 4 }, { jobsInFlight: 6 });
  expect(all).toMatchObject({ isShort: false, ceiling: { jobsInFlight: 10 } });
});

test("what was leased counts also after the first shard has started again", () => {
  ask(1, 1, {}, { jobsInFlight: 10 });
  world.wake();
  expect(world.answer(world.request(brought)).verdict).toMatchObject({
    error: { code: "too-many-in-flight" },
  });
});

test("notices count what other shards have used, as soon as they tell it", () => {
  for (let jobs = 0; jobs < 4; jobs++) world.finish(world.accept(brought));
  ask(1, 1, {}, { jobsPerMonth: 4 });
  const notices = () => world.ledger.account(brought).notices.map(({ share }) => share);
  expect(notices()).toEqual([]);
  ask(1, 2, { jobsPerMonth: 4 }, {});
  expect(notices()).toEqual([0.8]);
});

test.each([
  "{",
  "null",
  "{}",
  `{"number":1}`,
  `{"number":"1","ceiling":{},"used":{}}`,
  `{"number":1,"ceiling":{},"used":{}}`,
])(
  "a lease that is %s counts as not granted until its shard asks again, and stops nothing else",
  (text) => {
    ask(1, 7, {}, { jobsInFlight: 4 });
    ask(2, 1, {}, { jobsInFlight: 3 });
    world.storage.sql.exec(`UPDATE leases SET lease = ? WHERE shard = 1`, text);
    for (let lives = 0; lives < 3; lives++) world.wake();
    expect(world.rows(`SELECT source, id, content FROM quarantine`)).toEqual([
      { source: "leases", id: "1", content: text },
    ]);
    expect(world.rows(`SELECT shard FROM leases`)).toEqual([{ shard: 2 }]);
    const again = ask(1, 8, { jobsInFlight: 2 }, { jobsInFlight: 1 });
    expect(again).toMatchObject({ number: 8, isShort: false });
    expect(ask(3, 1, {}, { jobsInFlight: 5 }).isShort).toBe(true);
  },
);
