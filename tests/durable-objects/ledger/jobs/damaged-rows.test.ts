import { beforeEach, expect, test } from "vitest";
import { limits } from "../../../../core/limits.ts";
import { LedgerWorld } from "../ledger-world.ts";

/** One row that cannot be read stops nothing else. */
let world: LedgerWorld;
beforeEach(() => {
  world = new LedgerWorld();
});

const exec = (statement: string, ...bindings: (string | number)[]) =>
  void world.storage.sql.exec(statement, ...bindings);
const kept = () => world.rows(`SELECT source, id FROM quarantine`);

test.each([
  ["no JSON", "{"],
  ["no spec", "null"],
  ["without its source", `{"transforms":[],"computeUnits":1}`],
  [
    "without its transforms",
    `{"source":{"bytes":1,"width":1,"height":1,"format":"png"},"computeUnits":1}`,
  ],
  [
    "without its format",
    `{"source":{"bytes":1,"width":1,"height":1},"transforms":[],"computeUnits":1}`,
  ],
  [
    "with impossible units",
    `{"source":{"bytes":1,"width":1,"height":1,"format":"png"},"transforms":[],"computeUnits":-1}`,
  ],
])("an open job whose spec is %s ends as failed; its neighbours go on", async (_, text) => {
  const [damaged, neighbour] = [world.accept(), world.accept()];
  exec(`UPDATE jobs SET spec = ? WHERE id = ?`, text, damaged);
  world.wake();
  expect((await world.ledger.list(null, 10)).map(({ id }) => id)).toEqual([neighbour, damaged]);
  // Until it ends it is open, as its neighbour is, whenever the object starts again.
  world.wake();
  expect(await world.ledger.read(damaged)).toMatchObject({ status: "accepted", error: null });
  expect(kept()).toEqual([{ source: "jobs", id: damaged }]);
  expect(world.events("row-quarantined")).toEqual([
    expect.objectContaining({ ledger: world.name, table: "jobs", id: damaged }),
  ]);
  await world.ring(limits.redispatchMillis);
  expect(await world.ledger.read(damaged)).toMatchObject({
    status: "failed",
    error: { code: "internal" },
  });
  world.finish(neighbour);
  expect(await world.ledger.read(neighbour)).toMatchObject({ status: "done" });
  expect(world.ledger.usage(0, world.now + 1).hours[0]?.totals).toMatchObject({
    jobsDone: 1,
    jobsFailed: 1,
  });
  expect(kept()).toHaveLength(1);
});

test("an open job that a consumer asks for and whose row is damaged ends there", async () => {
  const damaged = world.accept();
  exec(`UPDATE jobs SET spec = '[]'`);
  expect(world.ledger.claim([{ job: damaged, redelivered: false }], false)).toEqual([
    { verdict: "drop", job: damaged },
  ]);
  expect(await world.ledger.read(damaged)).toMatchObject({ status: "failed" });
});

test.each([
  "{",
  "null",
  `{"kind":"done"}`,
  `{"kind":"done","outputs":[]}`,
  `{"kind":"done","usage":{}}`,
  `{"kind":"failed","problem":{}}`,
  `{"kind":"deferred"}`,
])("a settled job whose outcome is %s is shown as failed and stays on the bill", async (text) => {
  const damaged = world.accept();
  world.finish(damaged);
  exec(`UPDATE jobs SET outcome = ?`, text);
  expect(await world.ledger.read(damaged)).toMatchObject({
    status: "failed",
    outputs: [],
    usage: null,
    error: { code: "internal" },
  });
  expect(world.ledger.usage(0, world.now + 1).hours[0]?.totals).toMatchObject({ jobsDone: 1 });
  expect(world.rows(`SELECT content FROM quarantine`)).toEqual([
    { content: expect.stringContaining(JSON.stringify(text)) },
  ]);
});
