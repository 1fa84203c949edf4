import { expect, test } from "vitest";
import { limits } from "../../../core/limits.ts";
import type { Engine } from "../../../engine/engine.ts";
import { consume } from "../../../workers/consumer/consume.ts";
import type { ConsumerPorts, Delivery } from "../../../workers/consumer/ports.ts";

const ledger = "tnt_x/local/0";
const half = limits.twoSourcesBytesMax / 2;

test.each([
  ["together fill what there is room for", [half, half], ["load 0", "load 1", "render", "render"]],
  ["exceed it by a byte", [half, half + 1], ["load 0", "render", "load 1", "render"]],
  [
    "are small, large and small",
    [1, 2 * half, 1, 1],
    ["load 0", "render", "load 1", "render", "load 2", "load 3", "render", "render"],
  ],
])("the next source is loaded while one renders unless the two %s", async (_, sizes, expected) => {
  const steps: string[] = [];
  const engine: Engine = {
    async render() {
      steps.push("render");
      return { ok: false, error: { reason: "corrupt_image", detail: "as told" } };
    },
  };
  const ports = {
    pictures: {
      async get(key: string) {
        steps.push(`load ${key.split("/")[2]}`);
        return { arrayBuffer: () => Promise.resolve(new ArrayBuffer(1)) };
      },
    },
    ledger: () => ({
      claim: async () =>
        sizes.map((bytes, index) => ({
          verdict: "render",
          job: String(index),
          spec: { source: { bytes }, transforms: [], computeUnits: 1 },
          awaited: false,
        })),
      settle: async () => sizes.map(() => "settled"),
    }),
    engine,
    timers: globalThis,
    retries: { take: () => false, succeeded: () => undefined },
    now: Date.now,
  } as unknown as ConsumerPorts;
  const messages = sizes.map((_size, index): Delivery => ({
    id: String(index),
    timestamp: new Date(0),
    attempts: 1,
    body: { version: 1, ledger, job: String(index) },
    ack: () => undefined,
    retry: () => undefined,
  }));
  await consume(messages, ports, { alone: false });
  expect(steps).toEqual(expected);
});
