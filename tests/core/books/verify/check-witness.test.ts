import { beforeAll, describe, expect, test } from "vitest";
import {
  headText,
  type LoggedHour,
  type PreviousTree,
  type ProvenHead,
} from "../../../../core/books/transparency.ts";
import { checkWitness } from "../../../../core/books/verify/check-witness.ts";
import { Findings } from "../../../../core/books/verify/report.ts";
import type { MemoryWorld } from "../../../workers/billing/memory-books.ts";
import { keep, ledger, worldOf, type Spoilable } from "../kept-books.ts";

let kept: Spoilable;
let world: MemoryWorld;
beforeAll(async () => {
  world = await worldOf(3);
  kept = await keep(world);
});

/** What is found when the month's hours, or its heads, are others. */
async function faultsOf(spoilt: Partial<Spoilable>) {
  const findings = new Findings();
  const anchors = await checkWitness({ ...kept, ...spoilt }, findings);
  return { faults: findings.faults.map(({ fault, where }) => `${fault} ${where}`), anchors };
}

const withHours = (change: (hours: readonly LoggedHour[]) => LoggedHour[]) => ({
  logs: kept.logs.map((log) => ({ ...log, hours: change(log.hours) })),
});
const second = (change: (hour: LoggedHour, before: LoggedHour) => Partial<LoggedHour>) =>
  withHours((hours) =>
    hours.map((each, index) => (index === 1 ? { ...each, ...change(each, hours[0]!) } : each)),
  );
const withHead = (change: (proven: ProvenHead) => Partial<ProvenHead>) => ({
  loggedHeads: kept.loggedHeads.map(({ hour, heads }) => ({
    hour,
    heads: heads.map((proven) => ({ ...proven, ...change(proven) })),
  })),
});

test("a log as the witness wrote it holds, and vouches for its heads", async () => {
  const { faults, anchors } = await faultsOf({});
  expect(faults).toEqual([]);
  expect(new Set(anchors.get(ledger)?.keys())).toEqual(new Set([1, 2, 3]));
});

describe("a log goes back", () => {
  const goesBack = async (spoilt: Partial<Spoilable>) =>
    (await faultsOf(spoilt)).faults.filter((fault) => fault.startsWith("log-goes-back"));

  test("where an hour is there twice", async () => {
    const twice = second((_, before) => ({ hour: before.hour }));
    expect(await goesBack(twice)).toHaveLength(1);
  });

  test("where a later hour was signed earlier", async () => {
    const earlier = second((_, before) => ({ at: before.at - 1 }));
    expect(await goesBack(earlier)).toHaveLength(1);
  });

  test("not where two hours were signed at once", async () => {
    expect(await goesBack(second((_, before) => ({ at: before.at })))).toEqual([]);
  });
});

test("an hour whose tree has another size is not in the log's tree, though its root is", async () => {
  const { faults } = await faultsOf(second(({ size }) => ({ size: size + 1 })));
  expect(faults.filter((fault) => fault.startsWith("hour-not-in-tree"))).toHaveLength(1);
});

test.each<[string, () => Partial<Spoilable>]>([
  ["of an hour that is not in the log", () => ({ logs: [] })],
  [
    "of an hour whose root cannot be read",
    () => withHours((hours) => hours.map((each) => ({ ...each, headsRoot: "root" }))),
  ],
  [
    "whose proof cannot be read in part",
    () => withHead(({ proof }) => ({ proof: proof.with(0, "proof") })),
  ],
])("heads %s are not in it, and vouch for nothing", async (_, spoilt) => {
  const { faults, anchors } = await faultsOf({ heads: [], ...spoilt() });
  expect(faults.filter((fault) => fault.startsWith("head-not-in-hour"))).toHaveLength(2);
  expect(anchors.get(ledger)).toBeUndefined();
});

test("a head that the witness did not sign so vouches for nothing", async () => {
  const heads = kept.heads.map((head) => ({ ...head, number: 9 }));
  const { faults, anchors } = await faultsOf({ heads });
  expect(faults).toEqual([`bad-signature ${ledger} 9`]);
  expect(anchors.get(ledger)?.has(9)).toBe(false);
});

test("two heads that were signed under one number are a fork; the same head twice is none", async () => {
  const [head] = kept.heads;
  const other = { ...head!, hash: "00" };
  const signed = { ...other, ...(await world.witness.sign(headText(other))) };
  const forked = await faultsOf({ heads: [head!, signed] });
  expect(forked.faults).toEqual([`forked ${ledger} ${head?.number}`]);
  expect((await faultsOf({ heads: [head!, head!] })).faults).toEqual([]);
});

test("a month's log begins with the last root of the month before", async () => {
  const [log] = kept.logs;
  const { hour, size, root } = log!.hours.at(-1)!;
  const next = (previous: PreviousTree | null) => ({
    ...log!,
    month: "2026-12",
    previous,
    hours: [],
  });
  const linked = await faultsOf({ logs: [log!, next({ hour, size, root })] });
  expect(linked.faults).toEqual([]);
  const unlinked = await faultsOf({ logs: [log!, next(null)] });
  expect(unlinked.faults).toEqual(["months-not-linked 2026-12"]);
});

test("keys that are for receipts vouch for no head and no hour", async () => {
  const keys = kept.keys.keys.map((key) => ({ ...key, purpose: "receipts" as const }));
  const { faults, anchors } = await faultsOf({ keys: { keys } });
  // Two hours, a head in each, and the newest head.
  expect(faults.filter((fault) => fault.startsWith("unknown-key"))).toHaveLength(5);
  expect(anchors.size).toBe(0);
});
