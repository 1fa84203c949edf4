import { mkdir, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import type { RenderTransform } from "../../core/transform/transform.ts";
import { root } from "../../scripts/local/local-service.ts";
import { renderTransform } from "../render-transform.ts";
import { seededRandom } from "../../scripts/scene/noise.ts";
import { paint, say } from "../../scripts/terminal.ts";
import { EngineThread, type RenderQuestion, type RenderReply } from "../thread/engine-thread.ts";
import { mutate } from "./mutate.ts";
import { disagreement } from "./reference.ts";
import type { SeedPicture } from "./seed-pictures.ts";

export interface FuzzReport {
  readonly seed: number;
  runs: number;
  /** Pictures that were rendered in spite of their damage. */
  rendered: number;
  crashes: number;
  hangs: number;
  /** Refusals after which an intact picture came out as other bytes than before. */
  harmed: number;
  /** Runs after which the engine held more WASM memory than its budget. */
  overMemory: number;
  /** Runs in which the reference refuses what the engine renders, or the other way round. */
  disagreements: number;
  maxWasmMiB: number;
}

/** Runs are numbered from 0; each follows from the seed, its number and the pictures alone. */
export class Fuzzer {
  readonly #seed: number;
  readonly #sound: readonly SeedPicture[];
  readonly #pictures: readonly Uint8Array[];
  readonly #thread = new EngineThread({ millisMax: hangMillis, heic: true });
  readonly #soundRenditions = new Map<string, string>();
  readonly #report: FuzzReport;

  /** All pictures are damaged; `sound` ones are also rendered whole, to see that nothing was harmed. */
  constructor(seed: number, sound: readonly SeedPicture[], others: readonly SeedPicture[]) {
    this.#seed = seed;
    this.#sound = sound;
    this.#pictures = [...sound, ...others].map(({ file }) => file);
    const counts = { runs: 0, rendered: 0, crashes: 0, hangs: 0, harmed: 0, overMemory: 0 };
    this.#report = { seed, ...counts, disagreements: 0, maxWasmMiB: 0 };
  }

  async runFor(millis: number, detail: (text: string) => void): Promise<FuzzReport> {
    const endsAt = performance.now() + millis;
    // First of all, by an engine that has seen nothing else.
    for (const picture of this.#sound) await this.#isSound(picture);
    let refusals = 0;
    for (let run = 0; performance.now() < endsAt; run++) {
      const reply = await this.#thread.render(this.#question(run));
      await this.#count(run, reply);
      if (reply.kind === "refused") refusals += 1;
      if (refusals === refusalsPerCheck) {
        refusals = 0;
        await this.#checkHarm(run);
      }
      if (run % 100 === 0) detail(`${run} runs`);
    }
    detail(`${this.#report.runs} runs`);
    await this.#thread.close();
    return this.#report;
  }

  /** Repeats one run and returns its result as text; the bytes go to `out/fuzz`. */
  async repeat(run: number): Promise<RenderReply> {
    const reply = await this.#thread.render(this.#question(run));
    await this.#keep(run, "repeated");
    await this.#thread.close();
    return reply;
  }

  #question(run: number): RenderQuestion {
    const random = seededRandom(Math.imul(this.#seed, 0x9e3779b1) ^ Math.imul(run + 1, 0x85ebca6b));
    const choose = <Value>(values: readonly Value[]): Value =>
      values[Math.floor(random() * values.length)] as Value;
    const transform = choose(transforms);
    const source = mutate(choose(this.#pictures), this.#pictures, random);
    return { source, transforms: [transform] };
  }

  async #count(run: number, reply: RenderReply): Promise<void> {
    const report = this.#report;
    report.runs += 1;
    if (reply.kind === "hung") {
      report.hangs += 1;
      return this.#keep(run, `no answer in ${hangMillis} ms`);
    }
    if (reply.kind === "crashed") {
      report.crashes += 1;
      return this.#keep(run, reply.cause);
    }
    if (reply.kind === "rendered") report.rendered += 1;
    report.maxWasmMiB = Math.max(report.maxWasmMiB, toMiB(reply.wasmBytes));
    if (reply.wasmBytesOverBudget > 0) {
      report.overMemory += 1;
      await this.#keep(run, `holds ${toMiB(reply.wasmBytesOverBudget)} MiB`);
    }
    const why = await disagreement(this.#question(run).source, reply);
    if (why !== undefined) {
      report.disagreements += 1;
      await this.#keep(run, why);
    }
  }

  async #checkHarm(run: number): Promise<void> {
    const picture = this.#sound[run % this.#sound.length];
    if (picture === undefined || (await this.#isSound(picture))) return;
    this.#report.harmed += 1;
    await this.#keep(
      run,
      `after it, or one shortly before it, ${picture.name} comes out otherwise`,
    );
  }

  /** Whether an intact picture comes out as it did the first time. */
  async #isSound({ name, file }: SeedPicture): Promise<boolean> {
    const reply = await this.#thread.render({ source: file, transforms });
    const outcome =
      reply.kind === "rendered"
        ? reply.renditions.map(({ bytes }) => Buffer.from(bytes).toString("latin1")).join()
        : JSON.stringify(reply);
    const first = this.#soundRenditions.get(name) ?? outcome;
    this.#soundRenditions.set(name, first);
    return outcome === first;
  }

  /** Keeps the bytes and the line that makes them again. */
  async #keep(run: number, why: string): Promise<void> {
    const folder = join(root, "out", "fuzz");
    const file = join(folder, `${this.#seed}-${run}`);
    const line = `--seed ${this.#seed} --run ${run}`;
    await mkdir(folder, { recursive: true });
    await writeFile(`${file}.bin`, this.#question(run).source);
    await writeFile(`${file}.txt`, `${line}\n${why}\n`);
    say(`${paint("yellow", line)}  ${relative(root, file)}.bin\n  ${why}`);
  }
}

/** A render that takes longer counts as a hang. */
const hangMillis = 10_000;

/** After this many refusals an intact picture is rendered and compared. */
const refusalsPerCheck = 10;

/** What customers ask for, small; one of these for each run. */
const transforms: readonly RenderTransform[] = [
  "format=jpeg",
  "format=webp,width=40",
  "format=png,width=20,height=20,fit=cover",
  "format=jpeg,width=100,height=100,fit=pad,background=red",
  "format=png,rotate=90,flip=h",
  "format=jpeg,width=30,blur=2,sharpen=1",
  "format=webp,width=8,height=300,fit=squeeze",
].map(renderTransform);

const toMiB = (bytes: number): number => Math.round((bytes / 2 ** 20) * 10) / 10;
