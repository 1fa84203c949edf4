import { beforeEach, describe, expect, test } from "vitest";
import { segmentKey } from "../../../core/ledger/segment.ts";
import { limits } from "../../../core/limits.ts";
import { done, LedgerWorld } from "./ledger-world.ts";

let world: LedgerWorld;
beforeEach(() => {
  world = new LedgerWorld();
});

describe("a job", () => {
  test("is sent once it is accepted, is given to one consumer, and is done once settled", async () => {
    const id = world.accept();
    expect(world.sent).toEqual([{ version: 1, ledger: world.name, job: id }]);
    const ask = [{ job: id, redelivered: false }];
    expect(world.ledger.claim(ask, false)).toMatchObject([{ verdict: "render", job: id }]);
    expect(world.ledger.claim(ask, false)).toEqual([{ verdict: "drop", job: id }]);
    expect(world.ledger.settle([{ job: id, outcome: done }])).toEqual(["settled"]);
    expect(world.ledger.settle([{ job: id, outcome: done }])).toEqual(["already"]);
    expect(world.ledger.read(id)).toMatchObject({ status: "done", settledAt: world.now });
  });

  test("is as it was for an object that starts again", () => {
    const id = world.accept();
    world.finish(id);
    const before = world.ledger.read(id);
    expect(world.wake().read(id)).toEqual(before);
  });
});

test("settled usage is in a sealed segment when its time has come, and forgotten here", async () => {
  world.finish(world.accept());
  expect(world.rows(`SELECT seq FROM events`)).toEqual([{ seq: 1 }]);
  await world.ring(limits.flushMillis);
  expect(world.books.keys()).toEqual([segmentKey(world.name, 1)]);
  expect(world.rows(`SELECT seq FROM events`)).toEqual([]);
});
