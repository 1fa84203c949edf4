import { beforeEach, expect, test } from "vitest";
import { segmentKey } from "../../../../core/ledger/segment.ts";
import { LedgerWorld } from "../ledger-world.ts";

/** Usage of which a row cannot be read. */
let world: LedgerWorld;
beforeEach(() => {
  world = new LedgerWorld();
});

const exec = (statement: string, ...bindings: (string | number)[]) =>
  void world.storage.sql.exec(statement, ...bindings);
const kept = () => world.rows(`SELECT source, id FROM quarantine`);

test.each(["{", "{}", `{"seq":9}`])(
  "an event that is %s bills nothing and does not end the chain",
  async (text) => {
    for (let jobs = 0; jobs < 3; jobs++) world.finish(world.accept());
    exec(`UPDATE events SET event = ? WHERE seq = 3`, text);
    exec(`UPDATE events SET event = ? WHERE seq = 1`, text);
    world.wake();
    world.books.before = () => Promise.reject(new Error("away"));
    await expect(world.ledger.seal()).rejects.toThrow("away");
    world.books.before = (call) => (call === "put" ? Promise.reject(new Error("away")) : undefined);
    await expect(world.ledger.seal()).rejects.toThrow("away");
    world.books.before = () => undefined;
    expect(await world.ledger.seal()).toMatchObject({ segments: 1 });
    const lines = (world.books.text(segmentKey(world.name, 1)) ?? "").trim().split("\n");
    const events = lines.slice(1).map((line) => JSON.parse(line) as object);
    expect(events).toMatchObject([
      { seq: 1, job: "damaged", outcome: "failed", computeUnits: 0 },
      { seq: 2, outcome: "done", computeUnits: 5 },
      { seq: 3, job: "damaged", outcome: "failed", computeUnits: 0 },
    ]);
    expect(kept()).toEqual([
      { source: "events", id: "1" },
      { source: "events", id: "3" },
    ]);
  },
);

test.each(["{", "{}", "null"])("an hour whose totals are %s counts anew", async (text) => {
  world.finish(world.accept());
  await world.ledger.seal();
  exec(`UPDATE usage SET totals = ?`, text);
  world.wake();
  world.finish(world.accept());
  expect(world.ledger.usage(0, world.now + 1).hours[0]?.totals).toMatchObject({ jobsDone: 1 });
  expect(kept()).toEqual([{ source: "usage", id: expect.any(String) }]);
});
