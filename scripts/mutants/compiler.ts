import { execFileSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { root } from "../local/local-service.ts";
import type { Mutant } from "./report.ts";

/**
 * The mutants that the compiler accepts. Each becomes a file of its own next to the original, and one
 * run of the compiler judges all. What a mutant breaks only in files that import the original is not seen: such
 * a mutant is accepted.
 */
export function compiling(mutants: readonly Mutant[]): Mutant[] {
  const copy = copyOfSources();
  try {
    mutants.forEach((mutant, index) => plant(copy, mutant, index));
    const projects = new Set(mutants.map(({ file }) => file.split("/")[0] ?? ""));
    const refused = new Set([...projects].flatMap((project) => refusedIn(copy, project)));
    return mutants.filter((_mutant, index) => !refused.has(index));
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

function copyOfSources(): string {
  const copy = mkdtempSync(join(tmpdir(), "minilab-mutants-"));
  const listed = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "*.ts", "*.json"], {
    cwd: root,
    encoding: "utf8",
  });
  for (const file of listed.trim().split("\n")) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(root, file), join(copy, file));
  }
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  return copy;
}

function plant(copy: string, { file, start, end, replacement }: Mutant, index: number): void {
  const source = readFileSync(join(root, file), "utf8");
  const planted = source.slice(0, start) + replacement + source.slice(end);
  writeFileSync(join(copy, file.replace(/\.ts$/, `.mutant-${index}.ts`)), planted);
}

/** The numbers of the mutants in whose files the compiler finds a fault. */
function refusedIn(copy: string, project: string): number[] {
  const tsc = join(root, "node_modules/.bin/tsc");
  try {
    execFileSync(tsc, ["--project", project, "--pretty", "false"], { cwd: copy, encoding: "utf8" });
    return [];
  } catch (error) {
    const { stdout } = error as { stdout: string };
    return [...stdout.matchAll(/\.mutant-(\d+)\.ts\(/g)].map(([, index]) => Number(index));
  }
}
