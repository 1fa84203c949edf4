import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { err } from "../../../core/result.ts";
import type { Engine } from "../../../engine/engine.ts";
import { inTurns } from "../../../workers/consumer/render-turns.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const refused = err({ reason: "corrupt_image", detail: "none" } as const);

/** An engine that writes down what it renders, and the isolate's other work that comes in between. */
function isolate() {
  const order: (number | "other")[] = [];
  const engine: Engine = {
    async render([picture = 0]) {
      order.push(picture);
      // Whoever has come meanwhile is served when the event loop next looks.
      setTimeout(() => order.push("other"), 0);
      return refused;
    },
  };
  const turns = inTurns(engine, globalThis);
  return { order, render: (picture: number) => turns.render(Uint8Array.of(picture), []) };
}

test("between two renders the isolate looks at what has come in, and they keep their order", async () => {
  const { order, render } = isolate();
  const all = Promise.all([1, 2, 3, 4].map(render));
  await vi.runAllTimersAsync();
  await all;
  expect(order).toEqual([1, "other", 2, "other", 3, "other", 4, "other"]);
});

test("the first render waits for nothing", async () => {
  const { order, render } = isolate();
  await render(1);
  expect(order).toEqual([1]);
});

test("a render that throws, or whose caller is gone, holds up none after it", async () => {
  const thrown = inTurns({ render: () => Promise.reject(new Error("trap")) }, globalThis);
  const [first, second] = [
    thrown.render(new Uint8Array(), []),
    thrown.render(new Uint8Array(), []),
  ];
  const ended = Promise.allSettled([first, second]);
  await vi.runAllTimersAsync();
  expect((await ended).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  // A timer that never rings, because its request has ended.
  const dead = inTurns({ render: async () => refused }, globalThis);
  await dead.render(new Uint8Array(), []);
  void dead.render(new Uint8Array(), []);
  vi.clearAllTimers();
  const later = dead.render(new Uint8Array(), []);
  await vi.runAllTimersAsync();
  expect(await later).toEqual(refused);
});
