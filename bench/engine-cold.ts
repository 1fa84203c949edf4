/** How fast a fresh runtime's first renders are: its code is compiled as it is first used. */
import { stage, table } from "../scripts/terminal.ts";
import { startRuntime } from "./engine-runtimes.ts";
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
  /** The how-many-eth render of a fresh workerd. */
  readonly render: number;
  /** Median and worst over all runtimes; this machine's, of this hour. */
  readonly millis: number;
  readonly worstMillis: number;
}

const shown = [1, 2, 5, 10, 50];
const output = "width=800,format=jpeg,quality=80";

/** Starts `rounds` runtimes, one after another, and renders the same picture fifty times in each. */
export async function benchCold(rounds: number): Promise<ColdReport> {
  const [source] = sources;
  if (!source) throw new Error("there is no source");
  const file = await makeSource(source);
  const runs: number[][] = [];
  for (let number = 1; number <= rounds; number++) {
    await stage(`Fresh workerd ${number} of ${rounds}`, async () => {
      const runtime = await startRuntime("workerd");
      await runtime.load(file);
      const millis: number[] = [];
      while (millis.length < Math.max(...shown)) {
        millis.push((await runtime.render(output, 1)).millis);
      }
      runs.push(millis);
      await runtime.stop();
    });
  }
  const renders = shown.map((render) => {
    const all = runs.map((millis) => millis[render - 1] ?? 0);
    return { render, millis: round(median(all), 1), worstMillis: round(Math.max(...all), 1) };
  });
  return { host: hostDescription(), runtimes: rounds, source: source.name, output, renders };
}

/** The report for people. */
export function coldTable({ host, renders, source, output: options }: ColdReport): string {
  const rows = renders.map((each) => [
    each.render,
    each.millis.toFixed(1),
    each.worstMillis.toFixed(1),
  ]);
  return `${source}, ${options}\n${table(["render", "ms", "worst ms"], rows)}\n${host}`;
}
