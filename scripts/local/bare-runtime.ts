/**
 * Runs the service's Workers, built as a deploy would, in workerd and nothing else: without the proxy, the watch on files
 * and the inspector that `wrangler dev` puts around them, which take more processor time of a refused upload than the
 * Workers do. What is printed is as `local-service.ts` reads it.
 *
 * Usage: node bare-runtime.ts port stateDir here|elsewhere configuration…
 */
import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import {
  unstable_getMiniflareWorkerOptions as optionsOf,
  unstable_readConfig as readConfig,
} from "wrangler";
import { bindElsewhere, freePorts, keeperOf } from "./storage-elsewhere.ts";
import { runTool } from "../run-tool.ts";

const [port = "0", stateDir = "", storage = "here", ...configs] = process.argv.slice(2);

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

const runtimes = await started();
const url = await runtimes[0].unsafeGetDirectURL();
console.log(`Ready on ${url.origin}`);

process.on("SIGTERM", () => {
  void Promise.all(runtimes.map((runtime) => runtime.dispose())).then(() => process.exit(0));
});

/** The Workers', then their storage's. */
async function started(): Promise<[Miniflare, ...Miniflare[]]> {
  const [first, ...others] = workers as [(typeof workers)[0], ...typeof workers];
  const listening = { ...first, unsafeDirectSockets: [{ host: "127.0.0.1", port: Number(port) }] };
  if (storage === "here") {
    const runtime = runtimeOf([listening, ...others]);
    await runtime.ready;
    return [runtime];
  }
  const ports = await freePorts();
  const keeper = runtimeOf([keeperOf(workers, ports)]);
  await keeper.ready;
  const runtime = runtimeOf([listening, ...others].map((worker) => bindElsewhere(worker, ports)));
  await runtime.ready;
  return [runtime, keeper];
}

function runtimeOf(these: readonly object[]): Miniflare {
  return new Miniflare(
    convertV4MiniflareOptions({
      host: "127.0.0.1",
      resourcePersistencePath: stateDir,
      // A line of the log for each request would be read, and written, by one process after the other.
      handleStructuredLogs: () => undefined,
      workers: these as never,
    }),
  );
}

/** The Worker itself comes first. */
function modulesIn(folder: string) {
  const files = (ending: string) =>
    readdirSync(folder)
      .filter((name) => name.endsWith(ending))
      .map((name) => join(folder, name));
  return [
    ...files(".js").map((path) => ({ type: "ESModule" as const, path })),
    ...files(".wasm").map((path) => ({ type: "CompiledWasm" as const, path })),
  ];
}
