import { readdirSync, readFileSync } from "node:fs";
import { join, posix, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");

export interface SourceFile {
  /** From the repository, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
}

export interface Import {
  /** A path from the repository for a file of ours, else the specifier as written. */
  readonly target: string;
  readonly specifier: string;
  readonly ours: boolean;
  readonly typeOnly: boolean;
}

/** Every TypeScript file of the repository, with what it imports. */
export function sourceFiles(): SourceFile[] {
  return pathsIn("")
    .filter((path) => /\.(ts|mjs)$/.test(path))
    .map((path) => {
      const text = readFileSync(join(root, path), "utf8");
      return { path, text, imports: importsOf(path, text) };
    });
}

/** Made or fetched, not written: not even looked into, because other commands may be writing there. */
const notOurs = /^(node_modules|dist|out|\..+)$/;

function pathsIn(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = posix.join(folder, entry.name);
    if (entry.isDirectory()) return notOurs.test(entry.name) ? [] : pathsIn(path);
    return entry.isFile() ? [path] : [];
  });
}

/** Static imports, re-exports and `import()`; comments are left out, strings that look alike are not. */
export function importsOf(path: string, text: string): Import[] {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
  const found = code.matchAll(
    /^\s*(?:import|export)\s+(?<clause>type\s|[^"';]*?)?[^"';]*?from\s*["'](?<from>[^"']+)["']|^\s*import\s*["'](?<effect>[^"']+)["']|\bimport\(\s*["'](?<dynamic>[^"']+)["']/gm,
  );
  return [...found].map(({ groups = {} }) => {
    const specifier = groups["from"] ?? groups["effect"] ?? groups["dynamic"] ?? "";
    const ours = specifier.startsWith(".");
    return {
      specifier,
      ours,
      target: ours ? posix.join(posix.dirname(path), specifier) : specifier,
      typeOnly: groups["clause"]?.trim() === "type",
    };
  });
}
