/**
 * Runs the service's Workers, built as a deploy would, in workerd and nothing else: without the proxy, the watch on
 * files and the inspector that `wrangler dev` puts around them, which take more processor time of a refused upload
 * than the Workers do. What is printed is as `local-service.ts` reads it.
 *
 * All Workers in one process are on one thread. With `apart`, as on the platform, each of these has a process of its
 * own: the API with the ledgers, the Workers that take from queues and render, and storage. Buckets in memory are in
 * this process, which no Worker is in, on a thread of their own. Workers of two processes find each other through
 * miniflare's registry, a folder.
 *
 * Usage: node bare-runtime.ts port stateDir options configuration… The options are a `BareOptions` as JSON.
 */
import { once } from "node:events";
import { readdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import {
  unstable_getMiniflareWorkerOptions as optionsOf,
  unstable_readConfig as readConfig,
} from "wrangler";
import { bundleOf } from "./bundles.ts";
import type { BareOptions } from "./local-service.ts";
import { bindElsewhere, freePorts, keeperOf, storageKinds } from "./storage-elsewhere.ts";

const [port = "0", stateDir = "", chosen = "", ...configs] = process.argv.slice(2);
const registry = resolve(stateDir, "registry");
const { processes, logs, buckets = "files" } = JSON.parse(chosen) as BareOptions;

/** As `wrangler dev` keeps what is stored. */
const kept = { resourcePersistencePath: join(stateDir, "v3") };

/** The bindings of a Worker that say which process it is in, and which Workers it calls. */
interface Bound {
  readonly queueConsumers?: object;
  readonly serviceBindings?: Readonly<Record<string, { readonly name: string }>>;
}
type Built = Awaited<ReturnType<typeof built>>;

const workers = await Promise.all(configs.map(built)).catch((error: unknown) => {
  console.error("[ERROR]", error instanceof Error ? error.message : error);
  process.exit(1);
});
const [door, ...runtimes] =
  processes === "apart" ? await apart(workers) : [await together(workers)];
const url = await door.unsafeGetDirectURL();
console.log(`Ready on ${url.origin}`);

process.on("SIGTERM", () => {
  const all = [door, ...runtimes].map((runtime) => runtime.dispose());
  void Promise.all(all).then(() => process.exit(0));
});

async function built(path: string, index: number) {
  const config = readConfig({ config: path });
  const folder = await bundleOf(path);
  const { modulesRules: _, ...options } = optionsOf(config).workerOptions;
  const bound: Bound = options;
  return {
    ...bound,
    name: config.name ?? path,
    modulesRoot: folder,
    modules: modulesIn(folder),
    // The first answers HTTP.
    ...(index === 0 && { unsafeDirectSockets: [{ host: "127.0.0.1", port: Number(port) }] }),
  };
}

/** R2 is on no thread of a Worker, so what simulates it is not either, where it can be told apart. */
async function together(all: readonly Built[]): Promise<Miniflare> {
  if (buckets !== "memory") return started(all);
  const ports = await freePorts();
  await openBuckets(ports.r2Buckets);
  return started(
    all.map((worker) => ({ ...bindElsewhere(worker, ["r2Buckets"], ports), cacheAPI: false })),
  );
}

/** What answers HTTP comes first. */
async function apart(all: readonly Built[]): Promise<[Miniflare, ...Miniflare[]]> {
  // Those that an earlier run named there are gone.
  rmSync(registry, { recursive: true, force: true });
  const ports = await freePorts();
  const inMemory = buckets === "memory";
  if (inMemory) await openBuckets(ports.r2Buckets);
  const bound = all.map((worker) => ({
    ...bindElsewhere(worker, storageKinds, ports),
    ...(inMemory && { cacheAPI: false }),
  }));
  const rendering = bound.filter(takesFromQueues);
  const others = bound.filter((worker) => !takesFromQueues(worker));
  const kinds = inMemory ? (["kvNamespaces"] as const) : storageKinds;
  const [doors, storage] = await Promise.all([
    started(others),
    started([keeperOf(all, kinds, ports)]),
  ]);
  if (rendering.length === 0) return [doors, storage];
  // It keeps nothing, and two processes must not open one database, such as the cache's.
  const renders = await started(rendering, {});
  for (const caller of others) await untilCalleesAreFound(doors, caller, rendering);
  return [doors, renders, storage];
}

async function openBuckets(onPort: number): Promise<void> {
  const script = new URL("memory-buckets-thread.ts", import.meta.url);
  await once(new Worker(script, { workerData: onPort }), "message");
}

function takesFromQueues({ queueConsumers = {} }: Built): boolean {
  return Object.keys(queueConsumers).length > 0;
}

async function started(these: readonly object[], stored: object = kept): Promise<Miniflare> {
  const runtime = new Miniflare(
    convertV4MiniflareOptions({
      host: "127.0.0.1",
      ...stored,
      ...(processes === "apart" && { unsafeDevRegistryPath: registry }),
      handleStructuredLogs: ({ message }) => logs && console.log(message),
      workers: these as never,
    }),
  );
  await runtime.ready;
  return runtime;
}

/** A Worker of another process is known to a runtime only once it has seen the registry change. */
async function untilCalleesAreFound(
  runtime: Miniflare,
  caller: Built,
  elsewhere: readonly Built[],
) {
  const names = new Set(elsewhere.map(({ name }) => name));
  const bindings = await runtime.getBindings<Record<string, { fetch: typeof fetch }>>(caller.name);
  for (const [binding, service] of Object.entries(caller.serviceBindings ?? {})) {
    if (!names.has(service.name)) continue;
    // Until then 503 is answered in its place. The Worker itself has nothing to fetch, which fails.
    const isUnknown = async () => {
      const answer = await bindings[binding]?.fetch("http://minilab.test/").catch(() => undefined);
      return answer?.status === 503;
    };
    while (await isUnknown()) await sleep(20);
  }
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
