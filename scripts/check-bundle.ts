import { runTool } from "./run-tool.ts";

/**
 * Builds a Worker as a deploy would and weighs it. Returns its size in words; throws when it is
 * heavier than `gzipKibMax` or cannot be built.
 */
export async function checkBundle(
  config: string,
  gzipKibMax: number,
  outdir: string,
): Promise<string> {
  const output = await runTool("wrangler", "deploy", "--dry-run", "-c", config, "--outdir", outdir);
  const gzipKib = compressedKib(output);
  const size = `${gzipKib.toFixed(1)} of ${gzipKibMax} KiB gzip`;
  if (gzipKib > gzipKibMax) throw new Error(`${config} has become too heavy: ${size}`);
  return size;
}

/** From wrangler's own line, `Total Upload: 1611.57 KiB / gzip: 634.10 KiB`. */
function compressedKib(output: string): number {
  const [, size, unit] = /gzip: ([\d.]+) (KiB|MiB)/.exec(output) ?? [];
  if (size === undefined) throw new Error(`wrangler did not say the bundle's size:\n${output}`);
  return Number(size) * (unit === "MiB" ? 1024 : 1);
}
