import { beforeEach, expect, test } from "vitest";
import { limitsOf } from "../../../../core/identity/tenant-limits.ts";
import { emptyTotals, hourMillis, hourOf, monthEnd } from "../../../../core/ledger/usage.ts";
import { LedgerWorld, done } from "../ledger-world.ts";

/** What counts towards a month's caps, and until when. */
let world: LedgerWorld;
beforeEach(() => {
  world = new LedgerWorld();
});

const five = { limits: limitsOf("custom", { jobsPerMonth: 5 }), limitsVersion: 1 };
const used = () => world.ledger.account(five).used;
const failed = {
  kind: "failed",
  problem: { code: "corrupt-image", detail: "Broken." },
} as never;

test("open and finished jobs count, with their units and outputs; failed ones do not", () => {
  world.accept(five);
  world.finish(world.accept(five));
  world.finish(world.accept(five), failed);
  expect(used()).toMatchObject({
    jobsInFlight: 1,
    jobsThisMonth: 2,
    computeUnitsThisMonth: 10,
  });
  expect(used().spendMicrosThisMonth).toBeGreaterThan(0);
});

test("an object that starts again counts the same", () => {
  world.accept(five);
  world.finish(world.accept(five));
  const before = used();
  world.wake();
  expect(used()).toEqual(before);
});

test("a job is let in without a look at the hours of its month or at other jobs' rows", () => {
  world.finish(world.accept(five));
  const { sql } = world.storage;
  const queries: string[] = [];
  const exec = sql.exec.bind(sql);
  sql.exec = (query, ...bindings) => {
    queries.push(query);
    return exec(query, ...bindings);
  };
  world.accept(five);
  expect(queries.length).toBeGreaterThan(0);
  expect(queries.filter((query) => /FROM usage\b|SUM\(|COUNT\(/i.test(query))).toEqual([]);
});

test("a restored ledger counts what it had forgotten, once, though some is made again", async () => {
  const granted = { limits: limitsOf("custom"), limitsVersion: 1 };
  const ids = [1, 2, 3].map(() => world.accept(granted));
  const backup = world.storage.backup();
  for (const id of ids.slice(1)) world.finish(id);
  await world.ledger.seal();
  world.restore(backup);
  await world.ledger.seal();
  for (const id of ids) world.finish(id);
  expect(used()).toMatchObject({ jobsInFlight: 0, jobsThisMonth: 3, computeUnitsThisMonth: 15 });
});

test("a quota is whole again when the month is over, and not a moment before", () => {
  for (let jobs = 0; jobs < 5; jobs++) world.finish(world.accept(five));
  world.now = monthEnd(world.now) - 1;
  expect(world.answer(world.request(five)).verdict).toMatchObject({
    error: { code: "quota-exceeded" },
  });
  world.pass(1);
  expect(used()).toMatchObject({ jobsThisMonth: 0, computeUnitsThisMonth: 0 });
  world.accept(five);
});

test("a job that is open when the month ends counts in the next", () => {
  world.now = monthEnd(world.now) - 60_000;
  const open = world.accept(five);
  world.finish(world.accept(five));
  world.pass(60_000);
  expect(used()).toMatchObject({ jobsInFlight: 1, jobsThisMonth: 1 });
  world.finish(open);
  expect(used()).toMatchObject({ jobsInFlight: 0, jobsThisMonth: 1 });
});

test("a job counts no earlier than it was accepted, though the clock steps back over the month's end", () => {
  const meeting = monthEnd(world.now);
  world.now = meeting - 60_000;
  for (let jobs = 0; jobs < 5; jobs++) world.finish(world.accept(five));
  world.now = meeting + 60_000;
  const open = Array.from({ length: 5 }, () => world.accept(five));
  world.now = meeting - 30_000;
  world.wake();
  for (const id of open) world.finish(id);
  world.now = meeting + 120_000;
  expect(used()).toMatchObject({ jobsThisMonth: 5 });
  expect(world.answer(world.request(five)).verdict).toMatchObject({
    error: { code: "quota-exceeded" },
  });
});

test("notices are made once a month for each share, the newest first, and are logged", () => {
  const notices = () =>
    world.ledger.account(five).notices.map(({ month, name, share }) => [month, name, share]);
  for (let jobs = 0; jobs < 5; jobs++) world.finish(world.accept(five));
  const november = [
    ["2026-11", "jobsPerMonth", 1],
    ["2026-11", "jobsPerMonth", 0.8],
  ];
  expect(notices()).toEqual(november);
  expect(world.events("cap-reached")).toMatchObject([
    { ledger: world.name, name: "jobsPerMonth", share: 0.8 },
    { ledger: world.name, name: "jobsPerMonth", share: 1 },
  ]);
  world.now = monthEnd(world.now);
  for (let jobs = 0; jobs < 4; jobs++) world.finish(world.accept(five));
  expect(notices()).toEqual([["2026-12", "jobsPerMonth", 0.8], ...november]);
});

test("a description is no output on the bill", () => {
  if (done.kind !== "done") throw new Error("a job that is done");
  const [output] = done.outputs;
  if (!output) throw new Error("with an output");
  const outputs = [output, { ...output, index: 1, format: "json" as const }];
  const { spec } = world.request();
  const transforms = [...spec.transforms, ...spec.transforms];
  world.finish(world.accept({ spec: { ...spec, transforms } }), { ...done, outputs });
  expect(world.ledger.usage(0, world.now + 1).hours[0]?.totals).toMatchObject({ outputs: 1 });
});

test("a ledger starts in a month with more pixels than a number holds exactly", () => {
  const totals = { ...emptyTotals, jobsDone: 900_000, outputs: 1, computeUnits: 2, pixels: 8e15 };
  for (const hour of [1, 2]) {
    const at = hourOf(world.now) - hour * hourMillis;
    world.storage.sql.exec(
      `INSERT INTO usage (hour, totals) VALUES (?, ?)`,
      at,
      JSON.stringify(totals),
    );
  }
  expect(world.wake().account(world.request()).used).toMatchObject({
    jobsThisMonth: 1_800_000,
    computeUnitsThisMonth: 4,
  });
});
