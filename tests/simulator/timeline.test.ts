import { expect, test } from "vitest";
import { Clock, Process } from "../../simulator/time/process.ts";
import { Random } from "../../simulator/time/random.ts";
import { Timeline } from "../../simulator/time/timeline.ts";
import { installVirtualGlobals } from "../../simulator/time/virtual-globals.ts";

const start = Date.UTC(2027, 0, 1);
const processNamed = (name: string, skewMillis = 0) =>
  new Process(name, new Clock(skewMillis, 0, start));

async function inVirtualTime(timeline: Timeline, work: () => Promise<void>): Promise<void> {
  const uninstall = installVirtualGlobals({
    timeline,
    random: new Random(1, "test"),
    log: () => undefined,
  });
  try {
    await work();
  } finally {
    uninstall();
  }
}

test("everything that an event sets going has gone as far as it can before the next event", async () => {
  const timeline = new Timeline(start);
  const seen: string[] = [];
  const chain = async () => {
    for (let link = 0; link < 50; link++) await Promise.resolve();
    seen.push("chain");
  };
  timeline.after(1, null, () => void chain());
  timeline.after(1, null, () => seen.push("next"));
  await timeline.run(start + 10);
  expect(seen).toEqual(["chain", "next"]);
});

test("nothing happens to a dead process any more", async () => {
  const timeline = new Timeline(start);
  const process = processNamed("one");
  const seen: string[] = [];
  timeline.after(1, process, () => seen.push("alive"));
  timeline.after(2, null, () => process.die());
  timeline.after(3, process, () => seen.push("dead"));
  await timeline.run(start + 10);
  expect(seen).toEqual(["alive"]);
});

test("code reads the clock of the machine on which it runs", async () => {
  const timeline = new Timeline(start);
  const read: number[] = [];
  await inVirtualTime(timeline, async () => {
    for (const skew of [0, 600_000, -600_000]) {
      timeline.after(1000, processNamed("one", skew), () => {
        setTimeout(() => read.push(Date.now() - start), 500);
      });
    }
    await timeline.run(start + 10_000);
  });
  expect(read).toEqual([1500, 601_500, -598_500]);
});

test("what is real cannot be reached from simulated code", async () => {
  const timeline = new Timeline(start);
  const refused: string[] = [];
  await inVirtualTime(timeline, async () => {
    timeline.after(1, processNamed("one"), () => {
      for (const real of [setInterval, setImmediate, fetch] as (() => unknown)[]) {
        try {
          real();
        } catch (cause) {
          refused.push(String(cause));
        }
      }
    });
    await timeline.run(start + 10);
    expect(() => Date.now()).toThrow("outside any process");
  });
  expect(refused).toHaveLength(3);
  expect(Date.now()).not.toBe(start);
});

test("a seed's choices are the same on every machine", () => {
  const random = new Random(42, "weather");
  expect([random.word(), random.word(), random.between(1, 6)]).toMatchInlineSnapshot(`
    [
      2347347457,
      2357496988,
      3,
    ]
  `);
});
