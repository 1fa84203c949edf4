import { unitsVersion, type Cost } from "../../core/plan/compute-units.ts";
import { loadEngineModules } from "../../engine/modules-node.ts";
import { createEngine } from "../../engine/render.ts";
import { runCommand } from "../../scripts/command.ts";
import { readArguments, stage, table, wholeNumber } from "../../scripts/terminal.ts";
import { hostDescription } from "../host.ts";
import { median, quantile, round } from "../statistics.ts";
import { fitPrices } from "./least-squares.ts";
import { measureSources, type Sample } from "./measure.ts";
import { type CalibrationSource, makeOverlays, makeSources, readSources } from "./sources.ts";

const usage = `npm run calibrate -- [DIR] [--rounds N] [--json]

How far compute units are from the processor time that renders take, and the prices that would fit better.
Pictures are made in code; those of the folder DIR are measured too.

  --rounds N   rounds, 5 by default; the shortest time of each render counts`;

await runCommand(calibrate);

async function calibrate(): Promise<number> {
  const { values, positionals } = readArguments(usage, {
    allowPositionals: true,
    options: {
      json: { type: "boolean", default: false },
      rounds: { type: "string", default: "5" },
    },
  });
  const rounds = wholeNumber("rounds", values.rounds, 1);
  const [folder] = positionals;
  const samples = await stage("Measuring", async (detail) => {
    const engine = createEngine(await loadEngineModules());
    const sources: CalibrationSource[] = [];
    for await (const source of makeSources()) sources.push(source);
    if (folder !== undefined) for await (const source of readSources(folder)) sources.push(source);
    const all = await measureSources(engine, sources, await makeOverlays(), { rounds, detail });
    detail(`${all.length} renders, ${rounds} rounds`);
    return all;
  });
  if (values.json) console.log(JSON.stringify(reportOn(samples)));
  else print(samples);
  return 0;
}

interface Report {
  readonly host: string;
  readonly unitsVersion: number;
  readonly renders: number;
  /** This machine against the reference machine: the median over all renders, taken out of every error. */
  readonly millisPerUnit: number;
  readonly formats: Readonly<Record<string, ErrorFigures>>;
  readonly outputs: Readonly<Record<string, ErrorFigures>>;
  readonly all: ErrorFigures;
}

/** Relative errors, as shares of the measured time. */
interface ErrorFigures {
  readonly median: number;
  readonly p95: number;
}

function reportOn(samples: readonly Sample[]): Report {
  const millisPerUnit = median(samples.map(({ millis, units }) => millis / units));
  const figures = (some: readonly Sample[]): ErrorFigures => {
    const errors = some.map((sample) => Math.abs(relativeError(sample, millisPerUnit)));
    return { median: round(median(errors), 3), p95: round(quantile(errors, 0.95), 3) };
  };
  const by = (kind: (sample: Sample) => string) =>
    Object.fromEntries(
      [...Map.groupBy(samples, kind)].map(([name, group]) => [name, figures(group)]),
    );
  return {
    host: hostDescription(),
    unitsVersion,
    renders: samples.length,
    millisPerUnit: round(millisPerUnit, 3),
    formats: by(({ source }) => source),
    outputs: by(({ output }) => output),
    all: figures(samples),
  };
}

/** Above 0 where more is billed than is used. */
function relativeError({ units, millis }: Sample, millisPerUnit: number): number {
  return (units * millisPerUnit) / millis - 1;
}

function print(samples: readonly Sample[]): void {
  const { host, millisPerUnit, formats, outputs, all } = reportOn(samples);
  const errors = [...Object.entries(formats), ...Object.entries(outputs), ["all", all] as const];
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  const worst = samples
    .map((sample) => ({ ...sample, error: relativeError(sample, millisPerUnit) }))
    .toSorted((a, b) => Math.abs(b.error) - Math.abs(a.error))
    .slice(0, 12);
  console.log(
    [
      table(
        ["decoded or encoded", "median error", "p95"],
        errors.map(([name, figures]) => [name, percent(figures.median), percent(figures.p95)]),
      ),
      table(
        ["farthest off", "to", "units", "ms", "error"],
        worst.map(({ name, asked, units, millis, error }) => [
          name,
          asked,
          units,
          millis.toFixed(1),
          percent(error),
        ]),
      ),
      priceTable(samples),
      `${millisPerUnit} ms a unit on ${host}`,
    ].join("\n\n"),
  );
}

/** The prices that fit this machine best, next to those in force. */
function priceTable(samples: readonly Sample[]): string {
  const observations = samples.map(({ costs, millis }) => ({
    quantities: quantitiesOf(costs),
    total: millis * 1e6,
  }));
  const fitted = fitPrices(observations);
  const errors = observations.map(({ quantities, total }) => {
    const sum = [...quantities].reduce((ns, [name, px]) => ns + px * (fitted.get(name) ?? 0), 0);
    return Math.abs(sum / total - 1);
  });
  const inForce = new Map(
    samples.flatMap(({ costs }) => costs.map(({ operation, nanosEach }) => [operation, nanosEach])),
  );
  const rows = [...fitted].map(([name, nanos]) => [name, inForce.get(name) ?? 0, nanos.toFixed(1)]);
  return [
    table(["nanoseconds each", "in force", "nearest here"], rows),
    `with the nearest: median error ${(100 * median(errors)).toFixed(1)} %, p95 ${(100 * quantile(errors, 0.95)).toFixed(1)} %`,
  ].join("\n");
}

function quantitiesOf(costs: readonly Cost[]): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const { operation, quantity } of costs) {
    sums.set(operation, (sums.get(operation) ?? 0) + quantity);
  }
  return sums;
}
