import { readdirSync, readFileSync } from "node:fs";
import { join, posix, relative, resolve, sep } from "node:path";

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
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|mjs)$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .filter((path) => !/(^|\/)(node_modules|dist|out|\.[^/]+)\//.test(path))
    .map((path) => {
      const text = readFileSync(join(root, path), "utf8");
      return { path, text, imports: importsOf(path, text) };
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
