import { expect, test } from "vitest";
import { problem } from "../../../../core/problem.ts";
import type { Points } from "../../../../durable-objects/ports.ts";
import { done, LedgerWorld } from "../ledger-world.ts";

type Point = Parameters<Points["writeDataPoint"]>[0];

function worldWith(writeDataPoint: Points["writeDataPoint"]): LedgerWorld {
  const world = new LedgerWorld();
  world.points = { writeDataPoint };
  world.wake();
  return world;
}

test("each job that ends is one point, its columns in their order", () => {
  const written: Point[] = [];
  const world = worldWith((point) => void written.push(point));
  const id = world.accept({ takenMillis: 30 });
  world.pass(200);
  world.ledger.claim([{ job: id, redelivered: false }], false);
  world.pass(100);
  const spent = { waited: 10, render: 60, store: 20 };
  world.ledger.settle([{ job: id, outcome: done, attempt: 1, spent }]);
  world.ledger.settle([{ job: id, outcome: done, attempt: 1, spent }]);
  const failed = { kind: "failed", problem: problem("corrupt-image", "No.") } as const;
  world.finish(world.accept(), failed);
  expect(written).toEqual([
    {
      indexes: ["tnt_x"],
      blobs: ["local", "done", ""],
      // Units, bytes in and out; accept, wait, render, store, settle, total, small.
      doubles: [5, 10, 30, 30, 210, 60, 20, 10, 330, 330],
    },
    {
      indexes: ["tnt_x"],
      blobs: ["local", "failed", "corrupt-image"],
      doubles: [0, 10, 0, -1, -1, -1, -1, -1, 0, 0],
    },
  ]);
});

test("a point that cannot be written holds up no job", () => {
  const world = worldWith(() => {
    throw new Error("too many points");
  });
  const id = world.accept();
  world.finish(id);
  expect(world.rows(`SELECT status FROM jobs`)).toEqual([{ status: "done" }]);
  expect(world.events("point-not-written")).toHaveLength(1);
});
