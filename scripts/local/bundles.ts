import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { runTool } from "../run-tool.ts";

/** What Workers of this repository are made of. */
const sourceFolders = ["core", "engine", "durable-objects", "workers", "bench", "topology.ts"];
const tools = ["node_modules/wrangler/package.json", "package-lock.json"];
/** The bundles of this many builds are kept; a consumer's is 6 MB. */
const keptMax = 24;

/**
 * The folder with a Worker's modules, built as a deploy would. It is built once for each state of the sources: a start
 * that finds it built does without the compiler. Paths are those of the working directory.
 */
export async function bundleOf(config: string): Promise<string> {
  const all = resolve(".wrangler/bundles");
  const folder = join(all, stateOf(config));
  if (existsSync(folder)) return folder;
  mkdirSync(all, { recursive: true });
  const unfinished = mkdtempSync(`${folder}.`);
  await runTool("wrangler", "deploy", "--dry-run", "-c", resolve(config), "--outdir", unfinished);
  try {
    renameSync(unfinished, folder);
  } catch (error) {
    // Another start has built the same.
    if (!existsSync(folder)) throw error;
    rmSync(unfinished, { recursive: true, force: true });
  }
  keepNewest(all);
  return folder;
}

/** A name that changes with any source, by its time or length, and with the tools. */
function stateOf(config: string): string {
  const path = resolve(config);
  // A Worker of a test stands in a folder of its own.
  const isElsewhere = relative(".", path).startsWith("..");
  const roots = [...sourceFolders, ...tools, path, ...(isElsewhere ? [dirname(path)] : [])];
  const hash = createHash("sha256").update(path);
  for (const file of roots.flatMap((root) => filesIn(resolve(root))).toSorted()) {
    const { mtimeMs, size } = statSync(file);
    hash.update(`\n${file} ${mtimeMs} ${size}`);
  }
  return hash.digest("hex").slice(0, 32);
}

function filesIn(path: string): string[] {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return [];
  if (found.isFile()) return [path];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() || /\.(ts|js|wasm|toml|json)$/.test(entry.name))
    .flatMap(({ name }) => filesIn(join(path, name)));
}

function keepNewest(all: string): void {
  const builtAt = (name: string) => statSync(join(all, name), { throwIfNoEntry: false })?.mtimeMs;
  const oldestFirst = readdirSync(all)
    .map((name) => ({ name, at: builtAt(name) ?? 0 }))
    .toSorted((one, other) => one.at - other.at);
  for (const { name } of oldestFirst.slice(0, -keptMax)) {
    rmSync(join(all, name), { recursive: true, force: true });
  }
}
