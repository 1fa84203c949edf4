import { beforeEach, expect, test, vi } from "vitest";
import type { Checkpoint } from "../../../core/billing/checkpoint.ts";
import type { DayUsage } from "../../../core/billing/grouped-usage.ts";
import { rollUpNext } from "../../../workers/billing/roll-up.ts";
import { doneAt, hour, utc } from "../../core/billing/usage-samples.ts";
import { MemoryWorld } from "./memory-books.ts";

const tenant = "tnt_a";
const start = utc("2026-11-29T22:50:00.000Z");
const checkpointKey = `rollups/${tenant}/local/0/checkpoint.json`;

const errors = vi.spyOn(console, "error");
beforeEach(() => errors.mockReset().mockImplementation(() => undefined));

/** Four hours of work over midnight; `between` happens after each roll-up. */
async function booksAfter(between: (world: MemoryWorld) => unknown): Promise<Map<string, string>> {
  const world = new MemoryWorld([tenant], start);
  for (let hours = 0; hours < 4; hours++) {
    const own = world.ledgerOf(tenant);
    for (let job = 0; job < 3; job++) own.settle(doneAt(world.clock + job, own.events.length + 1));
    world.clock += hour;
    await rollUpNext(world, { preview: false });
    await between(world);
  }
  const kept = [...world.bucket.objects.keys()].filter((key) =>
    /^(statements|rows|usage)\//.test(key),
  );
  return new Map(kept.map((key) => [key, world.bucket.text(key) ?? ""]));
}

function replace<Value extends object>(
  world: MemoryWorld,
  key: string,
  edit: (value: Value) => object,
) {
  const next = JSON.stringify(edit(world.bucket.json<Value>(key)));
  world.bucket.objects.set(key, new TextEncoder().encode(next));
}

const asBefore = () => booksAfter(() => undefined);

test("an earlier version that keeps no note of what it does not know changes nothing that is billed or shown", async () => {
  const older = await booksAfter((world) =>
    replace<Checkpoint>(world, checkpointKey, (known) => ({
      ...known,
      rowsNext: undefined,
      groupsNext: undefined,
      shards: undefined,
    })),
  );
  expect(older).toEqual(await asBefore());
});

test("what a later version notes is kept, and changes nothing", async () => {
  const later = await booksAfter((world) => {
    replace<Checkpoint>(world, checkpointKey, (known) => ({ ...known, later: { of: "v2" } }));
    expect(world.bucket.text(checkpointKey)).toContain(`"later"`);
  });
  expect(later).toEqual(await asBefore());
});

test("two runs of one hour at once, one of an earlier version, count every segment once", async () => {
  const both = await booksAfter(async (world) => {
    const before = world.bucket.objects.get(checkpointKey);
    world.clock += 1;
    await Promise.all([rollUpNext(world, { preview: true }), rollUpNext(world, { preview: true })]);
    if (before) world.bucket.objects.set(checkpointKey, before);
    await rollUpNext(world, { preview: false });
    world.clock -= 1;
  });
  const days = (books: Map<string, string>) =>
    [...books].flatMap(([key, text]) =>
      key.startsWith("usage/") ? [JSON.parse(text) as DayUsage] : [],
    );
  const once = await asBefore();
  expect([...both.keys()]).toEqual([...once.keys()]);
  expect(days(both)).toEqual(days(once));
});
