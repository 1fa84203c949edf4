import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import { faultNamed } from "./faults.ts";

/**
 * Puts a known fault back: from here on the file is loaded with these few characters changed. Throws when
 * they are not there (exactly once), so that a fault never passes for found because its place has moved.
 */
export function plant(number: number): void {
  const { edits } = faultNamed(number);
  const left = new Set(edits);
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      if (!url.startsWith("file:")) return loaded;
      const path = fileURLToPath(url);
      let source = textOf(loaded.source);
      const here = edits.filter(({ file }) => path.endsWith(`/${file}`));
      for (const edit of here) {
        const parts = source.split(edit.find);
        if (parts.length !== 2) {
          throw new Error(
            `fault ${number}: ${edit.file} holds ${parts.length - 1} times: ${edit.find}`,
          );
        }
        source = parts.join(edit.replace);
        left.delete(edit);
      }
      return here.length === 0 ? loaded : { ...loaded, source };
    },
  });
  process.on("exit", () => {
    for (const { file } of left) console.error(`fault ${number}: ${file} was never loaded`);
    if (left.size > 0) process.exitCode = 2;
  });
}

function textOf(source: unknown): string {
  if (typeof source === "string") return source;
  if (source instanceof Uint8Array) return Buffer.from(source).toString();
  throw new Error("a module without text");
}
