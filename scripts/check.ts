import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { topology } from "../topology.ts";
import { checkBundle } from "./check-bundle.ts";
import { runCommand } from "./command.ts";
import { root } from "./local/local-service.ts";
import { runTool } from "./run-tool.ts";
import { formatMillis, paint, readArguments, say, stage, table } from "./terminal.ts";

const usage = `npm run check

Checks everything that can be checked without running the service: types, lint, format, unused code, import rules,
OpenAPI, docs, 200 simulated histories, kernels and bundle sizes. Exit code 1 if a check fails.`;

const bundleCeilings = [
  ["wrangler.toml", topology.workers.api],
  ["workers/consumer/wrangler.toml", topology.workers.consumer],
  ["workers/billing/wrangler.toml", topology.workers.billing],
  ["durable-objects/wrangler.toml", topology.workers.objects],
  ["workers/tail/wrangler.toml", topology.workers.tail],
] as const;

await runCommand(check);

async function check(): Promise<number> {
  readArguments(usage, {});
  const findings: Finding[] = [];
  for (const project of typescriptProjects()) {
    findings.push(await step(`types: ${project}`, () => silently("tsc", "--project", project)));
  }
  findings.push(
    await step("lint", () => silently("oxlint", "--type-aware", "--deny-warnings")),
    await step("format", () => silently("oxfmt", "--check")),
    await step("unused code", () => silently("knip", "--no-progress")),
    await step("import rules", () => silently("vitest", "run", "tests/architecture")),
    await step("topology", () => silently("node", "scripts/topology.ts", "--check")),
    await step("OpenAPI", () => silently("node", "scripts/openapi.ts", "--lint")),
    await step("docs current", () => silently("node", "scripts/docs/docs.ts", "--check")),
    await step("200 fresh histories", () => silently("node", "simulator/run.ts", ...freshSeeds())),
    await step("kernels rebuild", () => silently("node", "scripts/build-kernels.ts", "--check")),
  );
  const scratch = mkdtempSync(join(tmpdir(), "minilab-check-"));
  for (const [config, { bundleKibMax }] of bundleCeilings) {
    findings.push(
      await step(`bundle: ${config}`, () =>
        checkBundle(config, bundleKibMax, join(scratch, config)),
      ),
    );
  }
  rmSync(scratch, { recursive: true, force: true });

  console.log(`\n${table(["check", "result", "took", "size"], findings.map(row))}\n`);
  const failed = findings.filter(({ passed }) => !passed);
  say(
    failed.length === 0
      ? paint("green", `All ${findings.length} checks passed.`)
      : paint("red", `${failed.length} of ${findings.length} checks failed.`),
  );
  return failed.length === 0 ? 0 : 1;
}

/** Other seeds every time; a run that fails names its own. */
function freshSeeds(): string[] {
  return ["--seeds", "200", "--seed", String(Date.now() % 1e9)];
}

interface Finding {
  readonly name: string;
  readonly passed: boolean;
  readonly millis: number;
  readonly detail: string;
}

/** The root and every folder with rules of its own; found rather than listed, so that none is forgotten. */
function typescriptProjects(): string[] {
  const folders = readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== "node_modules")
    .filter(({ name }) => existsSync(join(root, name, "tsconfig.json")));
  return [".", ...folders.map(({ name }) => name)];
}

/** Runs one check. Its result goes into the table, its error is printed at once. */
async function step(name: string, work: () => Promise<string>): Promise<Finding> {
  const started = Date.now();
  try {
    const detail = await stage(name, work);
    return { name, passed: true, millis: Date.now() - started, detail };
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    return { name, passed: false, millis: Date.now() - started, detail: "" };
  }
}

async function silently(tool: string, ...parameters: string[]): Promise<string> {
  await runTool(tool, ...parameters);
  return "";
}

function row({ name, passed, millis, detail }: Finding): string[] {
  return [name, passed ? "passed" : "FAILED", formatMillis(millis), detail];
}
