/** How fast a fresh runtime's first renders are: its code is compiled as it is first used. */
import { stage, table } from "../scripts/terminal.ts";
import { startRuntime, type Turn } from "./engine-runtimes.ts";
import { makeSource, sources } from "./engine-sources.ts";
import { hostDescription } from "./host.ts";
import { median, round } from "./statistics.ts";

export interface ColdReport {
  readonly host: string;
  readonly runtimes: number;
  readonly source: string;
  readonly output: string;
  readonly renders: readonly ColdRender[];
}

export interface ColdRender {
  /** The number of the render in a fresh workerd, from 1. */
  readonly render: number;
  /** Median and worst over all runtimes by the wall clock; this machine's, of this hour. */
  readonly millis: number;
  readonly worstMillis: number;
  /** Median processor time of all of workerd's threads, those that compile included. */
  readonly processorMillis: number;
}

const shown = [1, 2, 5, 10, 50];
const output = "width=800,format=jpeg,quality=80";

/** Starts `rounds` runtimes, one after another, and renders the same picture fifty times in each. */
export async function benchCold(rounds: number): Promise<ColdReport> {
  const [source] = sources;
  if (!source) throw new Error("there is no source");
  const file = await makeSource(source);
  const runs: Turn[][] = [];
  for (let number = 1; number <= rounds; number++) {
    await stage(`Fresh workerd ${number} of ${rounds}`, async () => {
      const runtime = await startRuntime("workerd");
      await runtime.load(file);
      const turns: Turn[] = [];
      while (turns.length < Math.max(...shown)) turns.push(await runtime.render(output, 1));
      runs.push(turns);
      await runtime.stop();
    });
  }
  const renders = shown.map((render) => {
    const turns = runs.flatMap((all) => all[render - 1] ?? []);
    const millis = turns.map((turn) => turn.millis);
    const processor = median(turns.map(({ processorMillis }) => processorMillis));
    return {
      render,
      millis: round(median(millis), 1),
      worstMillis: round(Math.max(...millis), 1),
      processorMillis: round(processor, 1),
    };
  });
  return { host: hostDescription(), runtimes: rounds, source: source.name, output, renders };
}

/** The report for people. */
export function coldTable({ host, renders, source, output: options }: ColdReport): string {
  const rows = renders.map((each) => [
    each.render,
    each.millis.toFixed(1),
    each.worstMillis.toFixed(1),
    each.processorMillis.toFixed(1),
  ]);
  const head = ["render", "ms", "worst ms", "processor ms"];
  return `${source}, ${options}\n${table(head, rows)}\n${host}`;
}
