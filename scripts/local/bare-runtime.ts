/**
 * Runs the service's Workers, built as a deploy would, in workerd and nothing else: without the proxy, the watch on files
 * and the inspector that `wrangler dev` puts around them, which take more processor time of a refused upload than the
 * Workers do. What is printed is as `local-service.ts` reads it.
 *
 * Usage: node bare-runtime.ts port stateDir configuration…
 */
import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import {
  unstable_getMiniflareWorkerOptions as optionsOf,
  unstable_readConfig as readConfig,
} from "wrangler";
import { runTool } from "../run-tool.ts";

const [port = "0", stateDir = "", ...configs] = process.argv.slice(2);

const workers = await Promise.all(
  configs.map(async (path, index) => {
    const config = readConfig({ config: path });
    const folder = resolve(stateDir, "bundles", String(index));
    await runTool("wrangler", "deploy", "--dry-run", "-c", path, "--outdir", folder);
    const { modulesRules: _, ...options } = optionsOf(config).workerOptions;
    return {
      ...options,
      name: config.name ?? path,
      modulesRoot: folder,
      modules: modulesIn(folder),
    };
  }),
);

const runtime = new Miniflare(
  convertV4MiniflareOptions({
    host: "127.0.0.1",
    port: Number(port),
    defaultPersistRoot: stateDir,
    // A line of the log for each request would be read, and written, by one process after the other.
    handleStructuredLogs: () => undefined,
    workers,
  }),
);
const url = await runtime.ready;
console.log(`Ready on ${url.origin}`);

process.on("SIGTERM", () => void runtime.dispose().then(() => process.exit(0)));

/** The Worker itself comes first. */
function modulesIn(folder: string) {
  const files = readdirSync(folder).filter((name) => name.endsWith(".wasm"));
  return [
    { type: "ESModule" as const, path: join(folder, "index.js") },
    ...files.map((name) => ({ type: "CompiledWasm" as const, path: join(folder, name) })),
  ];
}
