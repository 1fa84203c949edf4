import { readFileSync } from "node:fs";
import { join } from "node:path";
import { probe } from "../../core/image/probe.ts";
import { planRender } from "../../core/plan/plan.ts";
import { ok } from "../../core/result.ts";
import type { RenderTransform } from "../../core/transform/transform.ts";
import type { Engine } from "../../engine/engine.ts";
import type { Process } from "../time/process.ts";
import type { Timeline } from "../time/timeline.ts";
import { pictureNumber } from "./picture.ts";
import { isLater } from "./versions.ts";

/** What the world observes and decides of each render. */
export interface RenderObserver {
  /** How long it takes, and whether it brings down the isolate that does it. */
  begin(
    picture: number,
    computeUnits: number,
  ): { readonly millis: number; readonly poisonous: boolean };
}

/**
 * Stands for the pixels. The plan and with it the price are the real ones; the bytes name the engine's
 * version, the source and the output, so that a rendition in the wrong place is recognised. Two
 * versions differ in the length of what they make, as real encoders do.
 */
export function fakeEngine(process: Process, timeline: Timeline, observer: RenderObserver): Engine {
  return {
    async render(source, transforms) {
      const number = pictureNumber(source);
      if (number === null) throw new Error("a source that no client has sent");
      const { info, plan } = planOf(source, transforms);
      const { computeUnits, peakWasmBytes } = plan;
      const { millis, poisonous } = observer.begin(number, computeUnits);
      await compute(process, timeline, millis);
      if (poisonous) process.die();
      if (!process.alive) await new Promise(() => undefined);
      const renditions = plan.outputs.map(({ asked, size }, index) => ({
        ...size,
        format: asked.format,
        bytes: new TextEncoder().encode(renditionText(process.version, number, index)),
      }));
      // A later engine may count more than the API, which reserved by its own plan.
      const counted = isLater(process.version) ? computeUnits + 3 : computeUnits;
      return ok({ source: info, renditions, computeUnits: counted, millis, peakWasmBytes });
    },
  };
}

export function renditionText(version: number, picture: number, index: number): string {
  return `engine ${version}, picture ${picture}, output ${index}${".".repeat(version * 10)}`;
}

/** An invocation that computes longer is ended by the platform. */
const cpuMillisMax = Number(/^cpu_ms = (\d+)$/m.exec(consumerConfig())?.[1]);

function consumerConfig(): string {
  const repository = join(import.meta.dirname, "../..");
  return readFileSync(join(repository, "workers/consumer/wrangler.toml"), "utf8");
}

/** The isolate's only thread is busy, and its clock stands still meanwhile, as in production. */
async function compute(process: Process, timeline: Timeline, millis: number): Promise<void> {
  process.clockStopsAt = process.read(timeline.now);
  await new Promise<void>((resolve) => void timeline.after(millis, process, resolve));
  process.clockStopsAt = null;
  process.cpuMillis += millis;
  if (process.cpuMillis > cpuMillisMax) process.die();
}

/** As the real engine plans: from the header, which is all that there is. */
function planOf(source: Uint8Array, transforms: readonly RenderTransform[]) {
  const probed = probe(source, true);
  if (probed.kind !== "image")
    throw new Error("the front door accepted something that is no picture");
  const plan = planRender(probed.info, transforms, source.length);
  if (!plan.ok) throw new Error("the front door accepted what cannot be rendered");
  return { info: probed.info, plan: plan.value };
}
