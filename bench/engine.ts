/**
 * The engine compared with sharp, on one thread each: time, closeness to the best that sharp can do, and bytes.
 * Both take turns within one run, so that other work on the machine slows both.
 */
import { psnr, type RgbaPicture } from "./rgba-picture.ts";
import { paint, say, stage, table } from "../scripts/terminal.ts";
import { type EngineRuntime, type RuntimeName, startRuntime } from "./engine-runtimes.ts";
import { makeSource, type Output, type Source, sources } from "./engine-sources.ts";
import { hostDescription } from "./host.ts";
import { ownMillis } from "./processor-time.ts";
import { bestPixels, decodePixels, renderWithSharp } from "./sharp-pipeline.ts";
import { median, quantile, round } from "./statistics.ts";

export interface EngineReport {
  readonly host: string;
  readonly cases: readonly EngineCase[];
  /** Cases that could not be rendered. */
  readonly failures: number;
}

export interface EngineCase {
  /** Source and width. */
  readonly name: string;
  readonly runtime: RuntimeName;
  readonly output: string;
  /** Processor time of the engine by that of sharp: median over the rounds, and the width of the middle half. */
  readonly ratio: number;
  readonly spread: number;
  /** The same by the wall clock, which other work on the machine distorts. */
  readonly wallRatio: number;
  /** Milliseconds of the engine: this machine's, of this hour. */
  readonly millis: number;
  /** Decibels against sharp's Lanczos3 over every pixel of the source. */
  readonly psnr: number;
  readonly sharpPsnr: number;
  readonly bytes: number;
  readonly sharpBytes: number;
  readonly peakWasmMiB: number;
}

export interface EngineChoice {
  /** Only cases whose name and output contain this, as in `12mp` or `800 webp`. */
  readonly case: string;
  /** Both without. */
  readonly runtime: RuntimeName | undefined;
}

export async function benchEngine(rounds: number, choice: EngineChoice): Promise<EngineReport> {
  const names: readonly RuntimeName[] = choice.runtime ? [choice.runtime] : ["node", "workerd"];
  const runtimes = await stage("Starting the engine", () => Promise.all(names.map(startRuntime)));
  const cases: EngineCase[] = [];
  let failures = 0;
  for (const source of sources) {
    const outputs = source.outputs.filter((output) =>
      `${nameOf(source, output)} ${output.format}`.includes(choice.case),
    );
    if (outputs.length === 0) continue;
    await stage(source.name, async (detail) => {
      const bench = await SourceBench.start(source, runtimes);
      for (const output of outputs) {
        detail(`${output.width} ${output.format}`);
        for (const runtime of runtimes) {
          try {
            cases.push(await bench.measure(runtime, output, rounds));
          } catch (error) {
            failures += 1;
            say(
              paint("red", `${output.width} ${output.format} in ${runtime.name}: ${String(error)}`),
            );
          }
        }
      }
      detail(`${outputs.length} outputs, ${rounds} rounds`);
    });
  }
  await Promise.all(runtimes.map((runtime) => runtime.stop()));
  if (cases.length === 0) say(`No case is called ${choice.case}.`);
  return { host: hostDescription(), cases, failures };
}

/** The report for people. */
export function engineTable({ host, cases }: EngineReport): string {
  const rows = cases.map((each) => [
    each.name,
    each.output,
    each.runtime,
    each.ratio.toFixed(2),
    each.spread.toFixed(2),
    each.wallRatio.toFixed(2),
    each.millis.toFixed(1),
    each.psnr.toFixed(2),
    each.sharpPsnr.toFixed(2),
    each.bytes,
    `${((100 * each.bytes) / each.sharpBytes).toFixed(1)} %`,
    each.peakWasmMiB.toFixed(1),
  ]);
  const head = ["source", "output", "runtime", "× sharp", "spread", "by wall", "ms", "dB"];
  return `${table([...head, "sharp dB", "bytes", "of sharp's", "WASM MiB"], rows)}\n${host}`;
}

/** 100 stands for equal pictures, since JSON has no infinity. */
const decibels = (picture: RgbaPicture, best: RgbaPicture) =>
  round(Math.min(100, psnr(picture, best)));

const nameOf = (source: Source, { width }: Output) => `${source.name} → ${width}`;

/** One source, loaded into every runtime, and what it should look like at each width. */
class SourceBench {
  readonly #source: Source;
  readonly #file: Uint8Array<ArrayBuffer>;
  readonly #best = new Map<number, RgbaPicture>();

  static async start(source: Source, runtimes: readonly EngineRuntime[]): Promise<SourceBench> {
    const file = await makeSource(source);
    for (const runtime of runtimes) await runtime.load(file);
    return new SourceBench(source, file);
  }

  private constructor(source: Source, file: Uint8Array<ArrayBuffer>) {
    this.#source = source;
    this.#file = file;
  }

  async measure(runtime: EngineRuntime, output: Output, rounds: number): Promise<EngineCase> {
    const { ratios, wall, millis, turn } = await this.#takeTurns(runtime, output, rounds);
    const rendition = await turn.rendition();
    const peer = await renderWithSharp(this.#file, output);
    const best = await this.#bestPixels(output.width);
    return {
      name: nameOf(this.#source, output),
      runtime: runtime.name,
      output: output.format,
      ratio: round(median(ratios), 3),
      wallRatio: round(median(wall), 3),
      spread: round(quantile(ratios, 0.75) - quantile(ratios, 0.25), 3),
      millis: round(median(millis)),
      psnr: decibels(await decodePixels(rendition), best),
      sharpPsnr: decibels(await decodePixels(peer), best),
      bytes: rendition.length,
      sharpBytes: peer.length,
      peakWasmMiB: round(turn.peakWasmBytes / 2 ** 20, 1),
    };
  }

  async #takeTurns(runtime: EngineRuntime, output: Output, rounds: number) {
    const options = Object.entries(output).map((pair) => pair.join("="));
    const engine = (times: number) => runtime.render(options.join(","), times);
    const peer = (times: number) => this.#timeSharp(output, times);

    const times = await warmUp(engine);
    await peer(times);
    const ratios: number[] = [];
    const wall: number[] = [];
    const millis: number[] = [];
    let turn = await engine(times);
    for (let number = 0; number < rounds; number++) {
      const before = number % 2 === 0 ? await peer(times) : undefined;
      turn = await engine(times);
      millis.push(turn.millis);
      const other = before ?? (await peer(times));
      wall.push(turn.millis / other.millis);
      ratios.push(turn.processorMillis / other.processorMillis);
    }
    return { ratios, wall, millis, turn };
  }

  /** Of one render. */
  async #timeSharp(output: Output, times: number) {
    const startedAt = performance.now();
    const usedBefore = ownMillis();
    for (let left = times; left > 0; left--) await renderWithSharp(this.#file, output);
    const processorMillis = (ownMillis() - usedBefore) / times;
    return { millis: (performance.now() - startedAt) / times, processorMillis };
  }

  async #bestPixels(width: number): Promise<RgbaPicture> {
    const known = this.#best.get(width);
    if (known) return known;
    const best = await bestPixels(this.#file, width);
    this.#best.set(width, best);
    return best;
  }
}

/**
 * Renders until the runtime has compiled what is hot. Returns how many renders make a turn
 * long enough for the clock and the network not to matter.
 */
async function warmUp(render: (times: number) => Promise<{ readonly millis: number }>) {
  const startedAt = performance.now();
  let millis = (await render(1)).millis;
  for (let more = 0; more < 2 || performance.now() - startedAt < warmMillis; more++)
    millis = (await render(1)).millis;
  return Math.min(timesMax, Math.max(1, Math.ceil(turnMillis / Math.max(millis, 1))));
}

const warmMillis = 250;
const turnMillis = 40;
const timesMax = 20;
