import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { root } from "../../scripts/local/local-service.ts";
import type { TestFile } from "./webp-files.ts";

/** The corpus's files that end so; none where a checkout has no corpus next to it. */
export async function* readCorpus(extension: string): AsyncGenerator<TestFile> {
  const folder = join(root, "..", "shared", "corpus");
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const paths = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(extension))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
  for (const path of paths) {
    yield { name: relative(folder, path), bytes: new Uint8Array(await readFile(path)) };
  }
}
