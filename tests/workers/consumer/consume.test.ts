import { expect, test } from "vitest";
import { limits } from "../../../core/limits.ts";
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
