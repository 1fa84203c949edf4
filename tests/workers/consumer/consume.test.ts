import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { limits } from "../../../core/limits.ts";
import type { ClaimAnswer } from "../../../durable-objects/ledger/ledger-calls.ts";
import { consume } from "../../../workers/consumer/consume.ts";
import { toRender, Workshop } from "./workshop.ts";

test("a batch is settled in one call at its end, and acknowledged after that", async () => {
  const workshop = new Workshop(toRender("a"), toRender("b"));
  expect(await workshop.run()).toEqual([
    ...["load a", "load b", "render a", "render b"],
    ...["settle a b", "ack a", "ack b"],
  ]);
});

test("a job that a client waits for is settled at once, before its neighbours render", async () => {
  const workshop = new Workshop(toRender("a", { awaited: true }), toRender("b"));
  const steps = await workshop.run();
  expect(steps.filter((step) => /render|settle/.test(step))).toEqual([
    ...["render a", "settle a", "render b", "settle b"],
  ]);
});

test("once a batch lasts as long as a lease is fresh, each job is settled when it ends", async () => {
  const workshop = new Workshop(toRender("a"), toRender("b"), toRender("c"));
  const { render } = workshop.ports.engine;
  const millis = [0, limits.leaseFreshMillis, 0];
  Object.assign(workshop.ports.engine, {
    render: async (...asked: Parameters<typeof render>) => {
      workshop.now += millis.shift() ?? 0;
      return render(...asked);
    },
  });
  const steps = await workshop.run();
  expect(steps.filter((step) => /^(begin|render|settle)/.test(step))).toEqual([
    ...["render a", "render b", "settle a b", "begin c/1", "render c", "settle c"],
  ]);
});

test("one millisecond earlier it is not slow yet", async () => {
  const workshop = new Workshop(toRender("a"), toRender("b"));
  const { render } = workshop.ports.engine;
  Object.assign(workshop.ports.engine, {
    render: async (...asked: Parameters<typeof render>) => {
      workshop.now += limits.leaseFreshMillis / 2 - 1;
      return render(...asked);
    },
  });
  const steps = await workshop.run();
  expect(steps.filter((step) => /^(begin|settle)/.test(step))).toEqual(["settle a b"]);
});

test("a job that is another consumer's by now is acknowledged and not rendered", async () => {
  const workshop = new Workshop(toRender("a"), toRender("b"));
  workshop.ledger.begin = async ({ job }) => job !== "a";
  const steps = await workshop.run({ alone: true });
  expect(steps.filter((step) => !step.startsWith("load"))).toEqual([
    ...["ack a", "render b", "settle b", "ack b"],
  ]);
});

test("whether a job may begin is not asked without a source: nothing would be rendered", async () => {
  const workshop = new Workshop(toRender("a"));
  workshop.sources.clear();
  expect(await workshop.run({ alone: true })).toEqual(["load a", "settle a", "ack a"]);
});

test("an empty batch calls nobody", async () => {
  const workshop = new Workshop();
  await consume([], workshop.ports, { alone: false });
  expect(workshop.steps).toEqual([]);
});

test("each job is one line of the log, with its trace and times", async () => {
  const trace = "0af7651916cd43dd8448eb211c80319c";
  const answer = toRender("a");
  if (answer.verdict !== "render") throw new Error("it is to be rendered");
  const workshop = new Workshop({
    ...answer,
    spec: { ...answer.spec, by: { key: "key_1", trace } },
  });
  await workshop.run();
  expect(workshop.lines).toEqual([
    {
      ...{ event: "rendered", job: "a", trace, outcome: "done" },
      millis: { waited: 0, render: 0, store: 0 },
    },
  ]);
});

/** A workshop whose renditions have a size, and whose puts are steps and end when `release` is called after them. */
function slowStore(answers: readonly ClaimAnswer[], renditionBytes = 1) {
  const workshop = new Workshop(...answers);
  let gate = Promise.withResolvers<void>();
  const release = () => {
    gate.resolve();
    gate = Promise.withResolvers();
  };
  const { put } = workshop.pictures;
  workshop.pictures.put = async (key, ...asked) => {
    workshop.steps.push(`put ${key.split("/")[2]}`);
    await gate.promise;
    return put(key, ...asked);
  };
  const { render } = workshop.ports.engine;
  const ofThatSize: typeof render = async (...asked) => {
    const made = await render(...asked);
    const [rendition] = made.ok ? made.value.renditions : [];
    return Object.assign(rendition ?? {}, { bytes: new Uint8Array(renditionBytes) }) && made;
  };
  Object.assign(workshop.ports.engine, { render: ofThatSize });
  // No time passes: what does not wait for a put is done before the next turn.
  const setTimeout = (run: () => void, millis: number) => millis === 0 && queueMicrotask(run);
  Object.assign(workshop.ports, { timers: { setTimeout, clearTimeout: () => undefined } });
  return { workshop, release };
}

/** What is done while no put has ended, until the first ones have, and so on; at last, all. */
async function runByPuts({ workshop, release }: ReturnType<typeof slowStore>) {
  const done = workshop.run();
  const phases: string[][] = [];
  for (let known = -1; known < workshop.steps.length; release()) {
    known = workshop.steps.length;
    await setImmediate();
    phases.push(rendersAndPuts(workshop.steps));
  }
  await done;
  return phases;
}

const rendersAndPuts = (steps: readonly string[]) =>
  steps.filter((step) => /^(put|render|settle) /.test(step));

test("a rendition is put while the next picture renders, and its job is settled once it is stored", async () => {
  const [meanwhile, all] = await runByPuts(slowStore([toRender("a"), toRender("b")]));
  expect(meanwhile).toEqual(["render a", "put a", "render b", "put b"]);
  expect(all).toEqual(["render a", "put a", "render b", "put b", "settle a b"]);
});

test.each([
  ["as large as may wait", limits.unstoredBytesMax, ["render a", "put a", "render b", "put b"]],
  ["larger than may wait", limits.unstoredBytesMax + 1, ["render a", "put a"]],
])("a rendition that is %s", async (_, bytes, expected) => {
  const phases = await runByPuts(slowStore([toRender("a"), toRender("b")], bytes));
  expect(phases[0]).toEqual(expected);
  expect(phases.at(-1)).toContain("settle a b");
});

test("renditions that are too large together are stored before the next picture renders; those after them wait for none of these", async () => {
  const answers = ["a", "b", "c", "d", "e", "f"].map((job) => toRender(job));
  const phases = await runByPuts(slowStore(answers, limits.unstoredBytesMax / 2));
  expect(phases.map((steps) => steps.at(-1)).slice(0, 3)).toEqual([
    ...["put c", "put f", "settle a b c d e f"],
  ]);
});

test.each([
  [
    "as long as others may take",
    limits.expressUnitsMax,
    ["render a", "put a", "render b", "put b"],
  ],
  ["longer than that", limits.expressUnitsMax + 1, ["render a", "put a"]],
])("puts are over before a render only if it is long: %s", async (_, computeUnits, expected) => {
  const next = toRender("b");
  if (next.verdict === "render") Object.assign(next.spec, { computeUnits });
  const phases = await runByPuts(slowStore([toRender("a"), next]));
  expect(phases[0]).toEqual(expected);
  expect(phases.at(-1)).toContain("settle a b");
});
