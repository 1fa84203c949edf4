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
  /** Kind of the source; a progressive JPEG is one of its own. */
  readonly source: string;
  readonly output: string;
  /** The options of the transform. */
  readonly asked: string;
  readonly units: number;
  /** Processor time of the rendering thread, the shortest of all rounds. */
  readonly millis: number;
  /** Each operation, how much there is of it, and its price. */
  readonly costs: readonly Cost[];
}

/** A render to be timed. */
interface Render extends Omit<Sample, "millis"> {
  readonly file: Uint8Array;
  readonly transform: RenderTransform;
  readonly overlay: Uint8Array | undefined;
}

/** Some of the ways in which a customer might have a source rendered: others for the next `index`. */
function rendersOf(
  { name, file }: CalibrationSource,
  index: number,
  overlay: Uint8Array,
): Render[] {
  const header = probe(file, true);
  const drawn = probe(overlay, true);
  if (header.kind !== "image" || drawn.kind !== "image") return [];
  const { info } = header;
  const own = transforms.filter((_, turn) => (turn + index) % 5 === 0 || (turn + index) % 5 === 2);
  return own.flatMap(({ asked, transform }) => {
    const above = transform.overlay ? overlay : undefined;
    const placed = above && { info: drawn.info, bytes: above.length };
    const plan = planRender(info, [transform], file.length, { overlay: placed });
    if (!plan.ok) return [];
    return {
      ...{ name, file, asked, transform, overlay: above },
      source: info.format === "jpeg" && info.progressive ? "progressive jpeg" : info.format,
      output: above ? "overlay" : transform.format,
      units: plan.value.computeUnits,
      costs: costs({ ...plan.value, info, sourceBytes: file.length }),
    };
  });
}

const transforms = [
  "width=160,format=jpeg",
  "width=320,format=webp",
  "width=800,format=jpeg",
  "width=800,format=png",
  "width=1200,format=webp",
  "width=400,format=avif",
  "width=1000,format=avif",
  "width=640,height=640,fit=cover,format=jpeg,sharpen=1",
  "width=640,format=jpeg,blur=5",
  "width=800,format=jpeg,overlay.top=10,overlay.left=10,overlay.width=300",
].map((asked) => ({ asked, transform: renderTransform(asked) }));

/**
 * Times every render of every source, warm, in `rounds` rounds, and takes the shortest time of each: what else the
 * machine does only adds to it. (Two shortest times differ by 4 % where times in relation to a fixed render differ by
 * 18.)
 */
export async function measureSources(
  engine: Engine,
  sources: readonly CalibrationSource[],
  overlays: readonly Uint8Array[],
  { rounds, detail }: { readonly rounds: number; readonly detail: (text: string) => void },
): Promise<readonly Sample[]> {
  const planned = sources.flatMap((source, index) => {
    const overlay = overlays[index % overlays.length];
    return overlay ? rendersOf(source, index, overlay) : [];
  });
  const renders = await warm(engine, planned);
  const shortest = renders.map(() => Infinity);
  for (let round = 1; round <= rounds; round++) {
    for (const [index, render] of renders.entries()) {
      if (index % 20 === 0) detail(`round ${round} of ${rounds}, ${render.name}`);
      const millis = await measure(engine, render);
      shortest[index] = Math.min(shortest[index] ?? Infinity, millis);
    }
  }
  return renders.map(
    ({ file: _file, transform: _transform, overlay: _overlay, ...render }, index) => ({
      ...render,
      millis: shortest[index] ?? Infinity,
    }),
  );
}

/**
 * Renders each once, so that code is compiled and memory has grown, and leaves out those that the engine refuses:
 * what is damaged in the middle, which its header does not tell.
 */
async function warm(engine: Engine, renders: readonly Render[]): Promise<readonly Render[]> {
  const rendered: Render[] = [];
  for (const render of renders) {
    const { ok } = await engine.render(render.file, [render.transform], render.overlay);
    if (ok) rendered.push(render);
  }
  return rendered;
}

/** Processor time of one render, in milliseconds. */
async function measure(engine: Engine, { file, transform, overlay }: Render): Promise<number> {
  const before = process.threadCpuUsage();
  for (let times = 1; ; times++) {
    await engine.render(file, [transform], overlay);
    const { user, system } = process.threadCpuUsage(before);
    const millis = (user + system) / 1000;
    if (millis >= measureMillis) return millis / times;
  }
}

/** Kernels may count processor time in steps of 4 ms, which must be small against it. */
const measureMillis = 40;
