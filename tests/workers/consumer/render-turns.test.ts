import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { limits } from "../../../core/limits.ts";
import { err } from "../../../core/result.ts";
import type { Engine } from "../../../engine/engine.ts";
import { sourceKey } from "../../../core/job/picture-key.ts";
import { consume } from "../../../workers/consumer/consume.ts";
import { RenderTurns } from "../../../workers/consumer/render-turns.ts";
import { toRender, Workshop } from "./workshop.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const refused = err({ reason: "corrupt_image", detail: "none" } as const);

/** An engine that writes down what it renders, and the isolate's other work that comes in between. */
function isolate() {
  const order: string[] = [];
  const engine: Engine = {
    async render(source) {
      order.push(new TextDecoder().decode(source));
      // Whoever has come meanwhile is served when the event loop next looks.
      setTimeout(() => order.push("other"), 0);
      return refused;
    },
  };
  const turns = new RenderTurns(engine, globalThis, Date);
  const render = (picture: string, tenant = "tnt_a", computeUnits = 10) =>
    turns.render(new TextEncoder().encode(picture), [], undefined, { tenant, computeUnits });
  return { order, render, rendered: () => order.filter((step) => step !== "other") };
}

test("between two renders the isolate looks at what has come in, and a tenant's keep their order", async () => {
  const { order, render } = isolate();
  const all = Promise.all(["1", "2", "3", "4"].map((picture) => render(picture)));
  await vi.runAllTimersAsync();
  await all;
  expect(order).toEqual(["1", "other", "2", "other", "3", "other", "4", "other"]);
});

/** An engine whose renders each have two steps more, and who gets what rendered when all is over. */
function isolateOfSteps() {
  const order: string[] = [];
  const step = async (name: string) => {
    await new Promise((ring) => setTimeout(ring, 0));
    order.push(name);
  };
  const engine: Engine = {
    async render() {
      order.push("render");
      void step("put").then(() => step("settle"));
      return refused;
    },
  };
  const turns = new RenderTurns(engine, globalThis, Date);
  return async (...tenants: string[]) => {
    order.length = 0;
    const render = (tenant: string) =>
      turns.render(new Uint8Array(), [], undefined, { tenant, computeUnits: 1 });
    const all = Promise.all(tenants.map(render));
    await vi.runAllTimersAsync();
    await all;
    return [...order];
  };
}

const wholeJobs = (count: number) =>
  Array.from({ length: count }, () => ["render", "put", "settle"]).flat();

const stepsApart = ["render", "put", "render", "settle", "put", "settle"];

test("before a picture of a tenant that crowds another, what was rendered goes its next steps", async () => {
  const render = isolateOfSteps();
  const eight = Array<string>(8).fill("tnt_crowd");
  const order = await render("tnt_quiet", ...eight);
  // Of the last six none has more than a quarter of a lane waiting.
  expect(order.slice(0, 9)).toEqual([...wholeJobs(2), "render", "put", "render"]);
});

test("where tenants come equally, the next render begins after one look", async () => {
  const render = isolateOfSteps();
  expect(await render("tnt_a", "tnt_b")).toEqual(stepsApart);
});

test("and where only one comes", async () => {
  const render = isolateOfSteps();
  const eight = Array<string>(8).fill("tnt_a");
  expect((await render(...eight)).slice(0, 3)).toEqual(["render", "put", "render"]);
});

test("a look takes a millisecond where a tenant crowds the others, and none elsewhere", async () => {
  const render = isolateOfSteps();
  const eight = Array<string>(8).fill("tnt_a");
  const start = Date.now();
  await render(...eight);
  expect(Date.now() - start).toBe(0);
  const crowded = Date.now();
  await render("tnt_quiet", ...eight);
  expect(Date.now() - crowded).toBeGreaterThan(limits.idleLooks);
});

test("who crowds the others is told by what waits, and forgotten with it", async () => {
  const turns = new RenderTurns({ render: async () => refused }, globalThis, Date);
  const render = (tenant: string) =>
    turns.render(new Uint8Array(), [], undefined, { tenant, computeUnits: 1 });
  const all = [render("tnt_quiet"), ...Array.from({ length: 8 }, () => render("tnt_crowd"))];
  expect(turns.crowds("tnt_crowd")).toBe(true);
  expect(turns.crowds("tnt_quiet")).toBe(false);
  await vi.runAllTimersAsync();
  await Promise.all(all);
  expect(turns.crowds("tnt_crowd")).toBe(false);
});

test("who waits counts, although a long render has kept everybody from coming", async () => {
  const turns = new RenderTurns({ render: async () => refused }, globalThis, Date);
  const render = (tenant: string) =>
    turns.render(new Uint8Array(), [], undefined, { tenant, computeUnits: 1 });
  const all = Array.from({ length: 9 }, () => render("tnt_crowd"));
  vi.setSystemTime(Date.now() + limits.sharedMillis);
  all.push(render("tnt_quiet"));
  expect(turns.crowds("tnt_crowd")).toBe(true);
  await vi.runAllTimersAsync();
  await Promise.all(all);
});

/** Other work of the thread: so many pieces, each of which comes when the one before is done and takes so long. */
async function busy(pieces: number, millis: number): Promise<void> {
  for (let piece = 0; piece < pieces; piece++) {
    await new Promise((ring) => setTimeout(ring, 0));
    vi.setSystemTime(Date.now() + millis);
  }
}

test("the next render waits while the thread has other work, but not for ever", async () => {
  const { busyMillisMax } = limits;
  const { order, render } = isolate();
  const begunAt: number[] = [];
  const start = Date.now();
  const send = async (picture: string) => {
    await render(picture);
    begunAt.push(Date.now() - start);
  };
  // Two pieces of ten milliseconds: the second render waits for both.
  void busy(2, 10);
  const all = ["1", "2"].map(send);
  await vi.runAllTimersAsync();
  await Promise.all(all);
  expect(begunAt[1]).toBeGreaterThanOrEqual(20);
  expect(begunAt[1]).toBeLessThan(busyMillisMax);

  begunAt.length = 0;
  void busy(100, 10);
  const more = ["3", "4"].map(send);
  await vi.runAllTimersAsync();
  await Promise.all(more);
  const [third = 0, fourth = 0] = begunAt;
  expect(fourth - third).toBeGreaterThanOrEqual(busyMillisMax);
  expect(fourth - third).toBeLessThan(2 * busyMillisMax);
  expect(order.filter((step) => step !== "other")).toEqual(["1", "2", "3", "4"]);
});

test("the first render waits for nothing", async () => {
  const { order, render } = isolate();
  await render("1");
  expect(order).toEqual(["1"]);
});

test("a tenant that comes while another has many in line is next", async () => {
  const { render, rendered } = isolate();
  for (let number = 1; number <= 20; number++) void render(`greedy ${number}`, "tnt_greedy");
  // A few of them are rendered before the other one comes.
  while (rendered().length < 3) await vi.advanceTimersToNextTimerAsync();
  void render("quiet", "tnt_quiet");
  await vi.runAllTimersAsync();
  expect(rendered().indexOf("quiet")).toBeLessThanOrEqual(4);
  expect(rendered()).toHaveLength(21);
});

test("tenants that send all the time share by cost, so slow renders of one do not hold up another's", async () => {
  const { render, rendered } = isolate();
  // With what a turn takes besides, ten times a quick one.
  const slow = 10 * (50 + limits.turnUnits) - limits.turnUnits;
  for (let number = 0; number < 5; number++) void render("slow", "tnt_slow", slow);
  for (let number = 0; number < 20; number++) void render("quick", "tnt_quick", 50);
  await vi.runAllTimersAsync();
  const between = rendered().join(" ").split("slow");
  // The first begins because it came first, and each of the others pays for the one before.
  expect(between.map((quick) => quick.trim().split(" ").length)).toEqual([1, 10, 10, 1, 1, 1]);
});

test("small pictures have their cost too: many of them do not go before a larger one", async () => {
  const { render, rendered } = isolate();
  const large = ["large", "next"].map((picture) => render(picture, "tnt_large", 20));
  const small = Array.from({ length: 20 }, () => render("small", "tnt_small", 1));
  await vi.runAllTimersAsync();
  await Promise.all([...large, ...small]);
  const before = rendered().slice(0, rendered().indexOf("next"));
  expect(before.filter((picture) => picture === "small")).toHaveLength(
    Math.ceil((20 + limits.turnUnits) / (1 + limits.turnUnits)),
  );
});

test("a render that throws holds up none after it", async () => {
  const thrown = new RenderTurns(
    { render: () => Promise.reject(new Error("trap")) },
    globalThis,
    Date,
  );
  const renders = [1, 2, 3].map(() => thrown.render(new Uint8Array(), []));
  const ended = Promise.allSettled(renders);
  await vi.runAllTimersAsync();
  const stati = (await ended).map(({ status }) => status);
  expect(stati).toEqual(["rejected", "rejected", "rejected"]);
});

test("nor does one whose caller is gone: its timer never rings", async () => {
  const { render, rendered } = isolate();
  await render("first");
  void render("gone");
  vi.clearAllTimers();
  const later = [render("later", "tnt_b"), render("last", "tnt_b")];
  await vi.runAllTimersAsync();
  await Promise.all(later);
  expect(rendered()).toEqual(["first", "later", "last"]);
});

test("one that was passed over, because its timer rang late, is rendered all the same", async () => {
  const late: (() => void)[] = [];
  let isLate = false;
  const timers = {
    setTimeout: (run: () => void, millis: number) =>
      isLate ? late.push(run) : setTimeout(run, millis),
    clearTimeout,
  };
  const pictures: number[] = [];
  const engine: Engine = {
    render: async ([picture = 0]) => {
      pictures.push(picture);
      return refused;
    },
  };
  const turns = new RenderTurns(engine, timers, Date);
  const render = (picture: number) => turns.render(Uint8Array.of(picture), []);
  const all = [render(1)];
  isLate = true;
  all.push(render(2));
  isLate = false;
  all.push(render(3), render(4));
  await vi.runAllTimersAsync();
  expect(pictures).toEqual([1, 3, 4]);
  late.shift()?.();
  await vi.runAllTimersAsync();
  await Promise.all(all);
  expect(pictures).toEqual([1, 3, 4, 2]);
});

test("who waits is rendered before the rest of another tenant's batch from the queue", async () => {
  const { order, ...turns } = turnsOfPictures();
  const batch = new Workshop(...["1", "2", "3", "4", "5"].map((job) => toRender(job)));
  const express = new Workshop(toRender("quick"));
  express.sources.set(sourceKey("tnt_y", "quick"), new TextEncoder().encode("quick"));
  const message = (job: string, ledger: string) =>
    batch.message(job, { body: { version: 1, ledger, job } });
  const jobs = batch.answers.map(({ job }) => message(job, "tnt_x/local/0"));
  const queue = consume(jobs, { ...batch.ports, ...turns }, { alone: false });
  while (order.length < 2) await vi.advanceTimersToNextTimerAsync();
  const ports = { ...express.ports, ...turns, ledger: () => express.ledger };
  const waiting = consume([message("quick", "tnt_y/local/0")], ports, { alone: false });
  await vi.runAllTimersAsync();
  await Promise.all([queue, waiting]);
  expect(order.indexOf("quick")).toBeLessThanOrEqual(3);
  expect(order.toSorted()).toEqual(["1", "2", "3", "4", "5", "quick"]);
});

/** Ports whose engine writes down what it renders. */
function turnsOfPictures() {
  const order: string[] = [];
  const bare: Engine = {
    async render(source) {
      order.push(new TextDecoder().decode(source));
      return refused;
    },
  };
  return { order, engine: new RenderTurns(bare, globalThis, Date) };
}
