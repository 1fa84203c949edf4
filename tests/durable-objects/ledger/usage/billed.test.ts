import { expect, test } from "vitest";
import { segmentKey } from "../../../../core/ledger/segment.ts";
import { problem } from "../../../../core/problem.ts";
import { done, LedgerWorld } from "../ledger-world.ts";

const reporting = (computeUnits: number) => {
  if (done.kind !== "done") throw new Error("a job that is done");
  return { ...done, usage: { ...done.usage, computeUnits } };
};

test.each([
  { reported: 5, billed: 5, differs: 0 },
  { reported: 900, billed: 5, differs: 1 },
  { reported: 2, billed: 2, differs: 1 },
])("of 5 reserved units and $reported reported ones $billed are billed", async (each) => {
  const world = new LedgerWorld();
  const id = world.accept();
  world.finish(id, reporting(each.reported));
  expect((await world.ledger.read(id))?.usage?.computeUnits).toBe(each.billed);
  const { hours } = world.ledger.usage(0, Number.MAX_SAFE_INTEGER);
  expect(hours.map(({ totals }) => totals.computeUnits)).toEqual([each.billed]);
  expect(world.events("units-differ")).toHaveLength(each.differs);
  expect(world.events("outputs-differ")).toEqual([]);
});

test("renditions that nobody asked for are neither billed nor shown", async () => {
  const world = new LedgerWorld();
  const id = world.accept();
  if (done.kind !== "done") throw new Error("a job that is done");
  const { outputs } = done;
  const more = [0, 1, 2].flatMap((index) => outputs.map((output) => ({ ...output, index })));
  world.finish(id, { ...done, outputs: more });
  expect((await world.ledger.read(id))?.outputs.map(({ index }) => index)).toEqual([0]);
  const { hours } = world.ledger.usage(0, Number.MAX_SAFE_INTEGER);
  expect(hours.map(({ totals }) => totals.outputs)).toEqual([1]);
  expect(world.events("outputs-differ")).toMatchObject([{ job: id, asked: 1, made: 3 }]);
});

test("an hour in which as many jobs failed as were done is shown with both", () => {
  const world = new LedgerWorld();
  world.finish(world.accept());
  world.finish(world.accept(), { kind: "failed", problem: problem("internal", "It broke.") });
  const { hours } = world.ledger.usage(0, Number.MAX_SAFE_INTEGER);
  expect(hours).toMatchObject([{ totals: { jobsDone: 1, jobsFailed: 1 } }]);
});

test("the books learn by which versions a job was counted and rendered", async () => {
  const world = new LedgerWorld();
  const { spec } = world.request();
  if (done.kind !== "done") throw new Error("a job that is done");
  const outcome = { ...done, usage: { ...done.usage, engineVersion: 4 } };
  world.finish(world.accept({ spec: { ...spec, unitsVersion: 2 } }), outcome);
  world.finish(world.accept());
  await world.ledger.seal();
  const [header, first, second] = linesOf(world, 1);
  expect(header).toMatchObject({ v: 3, incarnation: 1, prices: "2026-01" });
  expect(first).toMatchObject({ seq: 1, unitsVersion: 2, engineVersion: 4 });
  expect(second).not.toHaveProperty("unitsVersion");
});

test("the books learn who asked for a job, and what was made of what", async () => {
  const world = new LedgerWorld();
  const { spec } = world.request();
  const source = { ...spec.source, width: 6, height: 4 };
  if (done.kind !== "done") throw new Error("a job that is done");
  const outputs = done.outputs.map((output) => ({ ...output, width: 3, height: 5 }));
  world.finish(world.accept({ key: "key_7", spec: { ...spec, source } }), { ...done, outputs });
  world.finish(world.accept(), { kind: "failed", problem: problem("internal", "It broke.") });
  await world.ledger.seal();
  const [, made, failed] = linesOf(world, 1);
  expect(made).toMatchObject({
    work: {
      key: "key_7",
      sourcePixels: 24,
      renderMillis: 3,
      files: [{ format: "webp", bytes: 30, pixels: 15 }],
    },
  });
  expect(failed).toMatchObject({ work: { sourcePixels: 2, renderMillis: 0, files: [] } });
});

test.each([
  { column: "prices", v: 1 },
  { column: "version", v: 2 },
])(
  "a segment that older code froze is sealed as it would have done it: $v",
  async ({ column, v }) => {
    const world = new LedgerWorld();
    world.finish(world.accept());
    world.books.before = (call) => {
      if (call === "put") throw new Error("R2 is down");
    };
    await expect(world.ledger.seal()).rejects.toThrow("R2 is down");
    world.storage.sql.exec(`UPDATE segments SET ${column} = NULL`);
    world.books.before = () => undefined;
    await world.wake().seal();
    expect(linesOf(world, 1)[0]).toMatchObject({ v, number: 1 });
  },
);

function linesOf(world: LedgerWorld, segment: number): unknown[] {
  const text = world.books.text(segmentKey(world.name, segment)) ?? "";
  return text
    .trimEnd()
    .split("\n")
    .map((line): unknown => JSON.parse(line));
}
