import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { runCommand } from "../command.ts";
import { root } from "../local/local-service.ts";
import { runTool } from "../run-tool.ts";
import { readArguments, say, stage, table, wholeNumber } from "../terminal.ts";
import { compiling } from "./compiler.ts";
import { planted, type Mutant } from "./report.ts";

// StrykerJS plants and runs. Two things are ours: a survivor that the compiler refuses counts as killed, because it
// could never be merged (Stryker's own checker needs an older compiler), and a survivor listed in `equivalent.json`,
// with the reason why no test can tell it apart, is set aside.

const usage = `npm run mutants -- <folder or file>… [--json] [--jobs N] [--sample N] [--fresh] [--below]

Plants small faults one at a time and runs the tests of the same folder that reach each. A fault that no test notices
has survived. Results are kept in .mutants/, so that the next run tries only what changed.

  --jobs N     test threads, 1 by default
  --sample N   plant faults in every Nth line only
  --fresh      try all faults again, each with freshly loaded modules
  --below      also run the tests of the folders below`;

interface Equivalent {
  readonly file: string;
  readonly original: string;
  readonly replacement: string;
  readonly why: string;
}

await runCommand(async () => {
  const { values, positionals } = readArguments(usage, {
    options: {
      json: { type: "boolean", default: false },
      jobs: { type: "string", default: "1" },
      sample: { type: "string", default: "1" },
      fresh: { type: "boolean", default: false },
      below: { type: "boolean", default: false },
    },
    allowPositionals: true,
  });
  if (values.fresh) process.env["MUTANTS_FRESH"] = "yes";
  const places = positionals.map((place) => place.replace(/\/$/, ""));
  if (places.length === 0) {
    say(usage);
    return 1;
  }
  const outcome = await tryMutants(places, {
    jobs: wholeNumber("jobs", values.jobs, 1),
    sample: wholeNumber("sample", values.sample, 1),
    below: values.below,
  });
  console.log(values.json ? JSON.stringify(outcome) : inWords(outcome));
  return 0;
});

type Outcome = Awaited<ReturnType<typeof tryMutants>>;

interface Options {
  readonly jobs: number;
  readonly sample: number;
  readonly below: boolean;
}

async function tryMutants(places: readonly string[], options: Options) {
  const mutants = await stage(`planting faults in ${places.join(", ")}`, () =>
    plant(places, options),
  );
  const alive = mutants.filter(({ survived }) => survived);
  const listed = equivalents();
  const equivalent = alive.filter((mutant) => listed.some((row) => isSame(row, mutant)));
  const unexplained = alive.filter((mutant) => !equivalent.includes(mutant));
  const survived = await stage(
    `asking the compiler about ${unexplained.length} survivors`,
    async () => compiling(unexplained),
  );
  const killed = mutants.length - equivalent.length - survived.length;
  return {
    folder: places.join(" "),
    planted: mutants.length,
    killed,
    equivalent: equivalent.length,
    survived: survived.map(({ file, line, original, replacement }) => ({
      file,
      line,
      original,
      replacement,
    })),
    score: killed / Math.max(1, mutants.length - equivalent.length),
  };
}

async function plant(
  places: readonly string[],
  { jobs, sample, below }: Options,
): Promise<Mutant[]> {
  const folder = join(".mutants", slugOf(places, sample));
  mkdirSync(join(root, folder), { recursive: true });
  const config = join(folder, "stryker.json");
  const report = join(folder, "report.json");
  forgetSurvivorsAtLoad(join(root, folder, "incremental.json"));
  writeFileSync(
    join(root, config),
    JSON.stringify(strykerOptions(linesOf(places, sample), folder, report, jobs)),
  );
  // As in `npm test`: far from UTC, so that code that asks for local time shows.
  process.env["TZ"] = "Pacific/Kiritimati";
  process.env["MUTANTS_TESTS"] = places.map((place) => testsOf(place, below)).join();
  await runTool("stryker", "run", config);
  return planted(readFileSync(join(root, report), "utf8"));
}

/** StrykerJS keeps that a fault survived which acts while modules load, whatever tests are written since. */
function forgetSurvivorsAtLoad(path: string): void {
  if (!existsSync(path)) return;
  const kept = JSON.parse(readFileSync(path, "utf8")) as {
    files: Record<string, { mutants: { readonly status: string; readonly static?: boolean }[] }>;
  };
  for (const file of Object.values(kept.files)) {
    file.mutants = file.mutants.filter((fault) => !fault.static || fault.status !== "Survived");
  }
  writeFileSync(path, JSON.stringify(kept));
}

/** One name for the same places. A file system takes no longer ones than 255 bytes, and many files may be named. */
function slugOf(places: readonly string[], sample: number): string {
  const named = `${places.join("+").replaceAll("/", "-")}${sample > 1 ? `-${sample}` : ""}`;
  if (named.length <= 100) return named;
  return `${named.slice(0, 80)}-${createHash("sha256").update(named).digest("hex").slice(0, 16)}`;
}

/**
 * Tests mirror the sources: a folder's own have to find the faults in it, and they load little else. A folder
 * without any is tried with those of the nearest folder above it. `below`: files that put together what is in the
 * folders below them are tried with the tests of those too.
 */
function testsOf(place: string, below: boolean): string {
  let folder = place.endsWith(".ts") ? dirname(place) : place;
  const pattern = () => `tests/${folder}/${folder === place || below ? "**/" : ""}*.test.ts`;
  while (folder !== "." && globSync(pattern(), { cwd: root }).length === 0)
    folder = dirname(folder);
  if (folder === ".")
    throw new Error(`No tests for ${place}: is it a folder or file of the sources?`);
  return pattern();
}

/** What StrykerJS plants faults in: whole files, or each Nth of all their lines. */
function linesOf(places: readonly string[], sample: number): string[] {
  const patterns = places.map((place) => (place.endsWith(".ts") ? place : `${place}/**/*.ts`));
  if (sample <= 1) return patterns;
  const lines = globSync(patterns, { cwd: root })
    .toSorted()
    .flatMap((file) =>
      readFileSync(join(root, file), "utf8")
        .split("\n")
        .map((_line, index) => `${file}:${index + 1}-${index + 1}`),
    );
  return lines.filter((_line, index) => index % sample === 0);
}

function strykerOptions(mutate: readonly string[], folder: string, report: string, jobs: number) {
  return {
    testRunner: "vitest",
    plugins: ["@stryker-mutator/vitest-runner"],
    vitest: { configFile: "scripts/mutants/vitest.config.ts", related: false },
    mutate,
    // Texts for people are judged by reading; every other string is a union type or SQL.
    mutator: { excludedMutations: ["StringLiteral"] },
    coverageAnalysis: "perTest",
    concurrency: jobs,
    incremental: true,
    force: process.env["MUTANTS_FRESH"] !== undefined,
    incrementalFile: join(folder, "incremental.json"),
    tempDirName: join(folder, "sandbox"),
    // Stryker would rewrite tsconfig.json with an interface that TypeScript 7 no longer has.
    tsconfigFile: "none.json",
    reporters: ["json"],
    jsonReporter: { fileName: report },
    ignorePatterns: [".mutants", "docs/**/*.svg"],
    // A fault in a loop is stopped by StrykerJS's count of how often it acts. Time bounds the rest, and is so long that
    // a busy machine, on which tests take many times as long, does not count a survivor as killed.
    timeoutMS: 60_000,
    allowEmpty: false,
  };
}

function equivalents(): Equivalent[] {
  const path = new URL("equivalent.json", import.meta.url);
  return JSON.parse(readFileSync(path, "utf8")) as Equivalent[];
}

function isSame(row: Equivalent, mutant: Mutant): boolean {
  const { file, original, replacement } = mutant;
  return row.file === file && row.original === original && row.replacement === replacement;
}

function inWords({ folder, planted, killed, equivalent, survived, score }: Outcome): string {
  const rows = survived.map(({ file, line, original, replacement }) => [
    `${file}:${line}`,
    shortened(original),
    shortened(replacement),
  ]);
  const list = rows.length === 0 ? "" : `${table(["survived at", "was", "became"], rows)}\n\n`;
  const share = `${(100 * score).toFixed(1)} %`;
  return `${list}${folder}: ${planted} planted, ${killed} killed, ${equivalent} equivalent, ${survived.length} survived: ${share}`;
}

function shortened(code: string): string {
  const line = code.replaceAll(/\s+/g, " ");
  return line.length <= 60 ? line : `${line.slice(0, 57)}…`;
}
