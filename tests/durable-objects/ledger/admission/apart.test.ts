import { beforeEach, describe, expect, test } from "vitest";
import type { Outcome } from "../../../../core/job/job.ts";
import { limits } from "../../../../core/limits.ts";
import { problem } from "../../../../core/problem.ts";
import { LedgerWorld } from "../ledger-world.ts";

/** How the jobs of a tenant come in whose pictures make trouble. */
let world: LedgerWorld;
beforeEach(() => {
  world = new LedgerWorld();
});

const sent = () => [world.jobs.sent.length, world.solo.sent.length];
const crashed: Outcome = { kind: "failed", problem: problem("render-crashed", "A codec trapped.") };

function setApart(): void {
  for (let each = 0; each < limits.troubleApart; each++) world.finish(world.accept(), crashed);
  world.jobs.sent.length = 0;
}

describe("a tenant that is set apart", () => {
  test("has a job that a lane would hold back sent at once", () => {
    setApart();
    world.accept({ holdMillis: limits.expressHoldMillis });
    expect(sent()).toEqual([0, 1]);
  });

  test("has a picture that its caller holds rendered alone once it is stored, and not before", () => {
    setApart();
    const request = world.request();
    const held = world.answer({ ...request, held: true, holdMillis: limits.uploadHoldMillis });
    expect(held.apart).toBe(true);
    expect(sent()).toEqual([0, 0]);
    world.answer(request);
    expect(sent()).toEqual([0, 1]);
  });

  test("has one that a door of before renders at once rendered all the same", async () => {
    setApart();
    const request = world.request();
    world.answer({ ...request, held: true, holdMillis: limits.uploadHoldMillis });
    world.finish(request.id);
    expect(await world.ledger.read(request.id)).toMatchObject({ status: "done" });
  });

  test("is told so with each of its jobs, and in its account until when; another is told nothing", () => {
    const account = () => world.ledger.account({ limits: world.request().limits });
    expect(world.answer(world.request())).not.toHaveProperty("apart");
    expect(account()).not.toHaveProperty("apartUntil");
    setApart();
    expect(world.answer(world.request())).toMatchObject({ apart: true });
    expect(account().apartUntil).toBeGreaterThan(world.now);
  });
});
