import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { limits } from "../../../core/limits.ts";
import { err } from "../../../core/result.ts";
import type { Engine } from "../../../engine/engine.ts";
import { RenderTurns } from "../../../workers/consumer/render-turns.ts";

const refused = err({ reason: "corrupt_image", detail: "none" } as const);

/** An engine that writes down whose pictures it renders, and when. */
function engineOf(now: () => number) {
  const rendered: string[] = [];
  const begunAt: number[] = [];
  const engine: Engine = {
    async render(source) {
      rendered.push(new TextDecoder().decode(source));
      begunAt.push(now());
      return refused;
    },
  };
  return { engine, rendered, begunAt };
}

const asking = (turns: RenderTurns) => (tenant: string, computeUnits: number, picture: string) =>
  turns.render(new TextEncoder().encode(picture), [], undefined, { tenant, computeUnits });

describe("on the runtime's timers", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function isolate() {
    const { engine, rendered, begunAt } = engineOf(() => Date.now());
    const turns = new RenderTurns(engine, globalThis, Date);
    const render = (tenant: string, times = 1) =>
      Array.from({ length: times }, () => asking(turns)(tenant, 10, tenant));
    const all = async (...sent: (readonly Promise<unknown>[])[]) => {
      rendered.length = 0;
      begunAt.length = 0;
      await vi.runAllTimersAsync();
      await Promise.all(sent.flat());
    };
    return { turns, render, rendered, begunAt, all };
  }

  test("who was away gets no credit for it: from now on both render as much", async () => {
    const { render, rendered, all } = isolate();
    await all(render("tnt_long", 10));
    await all(render("tnt_long", 4), render("tnt_new", 4));
    for (let pair = 0; pair < 8; pair += 2)
      expect(rendered.slice(pair, pair + 2).toSorted()).toEqual(["tnt_long", "tnt_new"]);
  });

  /** Most of the last renders were one tenant's, and another has come. */
  async function crowded() {
    const world = isolate();
    await world.all(world.render("tnt_crowd", Math.floor((limits.expressJobsMax * 2) / 3) + 1));
    await world.all(world.render("tnt_quiet"));
    return world;
  }

  test("who had most of the last renders crowds another that comes, although none of its own wait", async () => {
    const { turns } = await crowded();
    expect([turns.crowds("tnt_crowd"), turns.crowds("tnt_quiet")]).toEqual([true, false]);
  });

  test.each([1, 8])(
    "before a crowding tenant's picture the isolate looks a few times, a millisecond each, with %i waiting",
    async (waiting) => {
      const { render, begunAt, all } = await crowded();
      await all(render("tnt_other"), render("tnt_crowd", waiting));
      const [first = 0, second = 0] = begunAt;
      expect(second - first).toBe(limits.idleLooks);
    },
  );
});

describe("on timers that ring when the test says so", () => {
  function isolate() {
    const clock = { at: 1000, now: () => clock.at };
    const set: (() => void)[] = [];
    const timers = { setTimeout: (ring: () => void) => set.push(ring), clearTimeout: () => {} };
    const { engine, rendered } = engineOf(clock.now);
    const render = asking(new RenderTurns(engine, timers, clock));
    /** The timer that has waited longest, or the one at this place, rings this much later. */
    const ring = async (millis: number, place = 0) => {
      clock.at += millis;
      set.splice(place, 1)[0]?.();
      await new Promise(setImmediate);
    };
    const send = (name: string, tenant = name) => void render(tenant, 1, name);
    return { render: send, rendered, ring };
  }

  test("of two that came at the same place in line the first one is first, also when its timer is not", async () => {
    const { render, rendered, ring } = isolate();
    for (const name of ["before", "first", "second"]) render(name);
    await ring(1, 1);
    expect(rendered).toEqual(["before"]);
    await ring(0);
    expect(rendered).toEqual(["before", "first"]);
  });

  test("a thread that is never idle holds up a render for so long and no longer", async () => {
    const { render, rendered, ring } = isolate();
    for (const name of ["before", "next"]) render(name);
    await ring(10);
    await ring(limits.busyMillisMax - 1);
    expect(rendered).toEqual(["before"]);
    // It has been busy since the first look.
    const exact = isolate();
    for (const name of ["before", "next"]) exact.render(name);
    await exact.ring(10);
    await exact.ring(limits.busyMillisMax);
    expect(exact.rendered).toEqual(["before", "next"]);
  });

  test("one whose timer rang late is in line again, before those that came after it", async () => {
    const { render, rendered, ring } = isolate();
    render("first", "tnt_a");
    render("late", "tnt_b");
    for (const name of ["second", "third"]) render(name, "tnt_a");
    // Its timer does not ring until the others are rendered.
    for (let rings = 0; rings < 20 && rendered.length < 3; rings++) await ring(1, 1);
    expect(rendered).toEqual(["first", "second", "third"]);
    render("newest", "tnt_c");
    for (let rings = 0; rings < 20 && rendered.length < 5; rings++) await ring(1);
    expect(rendered.slice(3)).toEqual(["late", "newest"]);
  });
});
