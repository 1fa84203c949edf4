import { probe } from "../../core/image/probe.ts";
import { costs, type Cost } from "../../core/plan/compute-units.ts";
import { planRender } from "../../core/plan/plan.ts";
import type { RenderTransform } from "../../core/transform/transform.ts";
import type { Engine } from "../../engine/engine.ts";
import { renderTransform } from "../render-transform.ts";
import type { CalibrationSource } from "./sources.ts";

/** One render: what it is billed and what it takes. */
export interface Sample {
  readonly name: string;
  /** Of the source; a progressive JPEG is of its own kind. */
  readonly source: string;
  readonly output: string;
  readonly units: number;
  /** Processor time of the rendering thread. */
  readonly millis: number;
  /** Each operation, how much there is of it, and its price. */
  readonly costs: readonly Cost[];
}

/** Renders one source, warm, in every way that a customer might. */
export async function measureSource(
  engine: Engine,
  { name, file }: CalibrationSource,
): Promise<Sample[]> {
  const header = probe(file, true);
  if (header.kind !== "image") return [];
  const { format, progressive } = header.info;
  const samples: Sample[] = [];
  for (const transform of transforms) {
    const plan = planRender(header.info, [transform], file.length);
    if (!plan.ok) continue;
    const millis = await measureRender(engine, file, transform);
    if (millis === undefined) continue;
    const { shrink, samples: given, outputs, frames, computeUnits } = plan.value;
    const facts = { info: header.info, sourceBytes: file.length, shrink };
    samples.push({
      name,
      source: format === "jpeg" && progressive ? "progressive jpeg" : format,
      output: transform.format,
      units: computeUnits,
      millis,
      costs: costs({ ...facts, samples: given, outputs, frames }),
    });
  }
  return samples;
}

const transforms = [
  "width=160,format=jpeg",
  "width=320,format=webp",
  "width=800,format=jpeg",
  "width=800,format=png",
  "width=1200,format=webp",
  "width=400,format=avif",
  "width=640,height=640,fit=cover,format=jpeg,sharpen=1",
  "width=640,format=jpeg,blur=5",
  "width=800,format=jpeg,rotate=90",
].map(renderTransform);

/** Processor time of one render; undefined where the engine refuses the file. */
async function measureRender(
  engine: Engine,
  file: Uint8Array,
  transform: RenderTransform,
): Promise<number | undefined> {
  // The first renders compile code and grow memory.
  for (let warm = 0; warm < 3; warm++) {
    const rendered = await engine.render(file, [transform]);
    if (!rendered.ok) return undefined;
  }
  const before = process.threadCpuUsage();
  for (let times = 1; ; times++) {
    await engine.render(file, [transform]);
    const { user, system } = process.threadCpuUsage(before);
    const millis = (user + system) / 1000;
    if (millis >= measureMillis) return millis / times;
  }
}

/** Kernels may count processor time in steps of 4 ms, which must be small against the whole. */
const measureMillis = 120;
