import { runTool } from "./run-tool.ts";

/**
 * Builds a Worker as a deploy would. Returns its size as text; throws when it is larger than `gzipKibMax`
 * or cannot be built.
 */
export async function checkBundle(
  config: string,
  gzipKibMax: number,
  outdir: string,
): Promise<string> {
  const output = await runTool("wrangler", "deploy", "--dry-run", "-c", config, "--outdir", outdir);
  const gzipKib = compressedKib(output);
  const size = `${gzipKib.toFixed(1)} of ${gzipKibMax} KiB gzip`;
  if (gzipKib > gzipKibMax) throw new Error(`${config} is too large: ${size}`);
  return size;
}

/** From wrangler's own line, `Total Upload: 1611.57 KiB / gzip: 634.10 KiB`. */
function compressedKib(output: string): number {
  const [, size, unit] = /gzip: ([\d.]+) (KiB|MiB)/.exec(output) ?? [];
  if (size === undefined) throw new Error(`wrangler did not print the bundle's size:\n${output}`);
  return Number(size) * (unit === "MiB" ? 1024 : 1);
}
