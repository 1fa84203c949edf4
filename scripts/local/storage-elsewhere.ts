/**
 * Buckets and KV in a process of their own, for Workers that run in another. What their simulators do, cut into pieces,
 * hash and wait for the disk, is then not done by the thread that runs the Workers; on the platform storage is on other
 * machines. The Workers' bindings are the runtime's own, which reach storage over HTTP.
 *
 * This file is also the plug-in that miniflare loads by its path.
 */
import { createServer } from "node:net";
import type { Plugin, Worker_Binding } from "miniflare";

/** The loopback port of each kind of storage. */
type Ports = Readonly<Record<Kind, number>>;
type Kind = keyof typeof simulators;
/** Storage that a Worker binds, by the binding's name. */
type Bound = { readonly [kind in Kind]?: Record<string, string | { readonly id: string }> };

/** Miniflare's Workers that answer for all storage of a kind. */
const simulators = { r2Buckets: "r2:bucket:entry", kvNamespaces: "kv:ns:entry" } as const;
export const storageKinds = ["r2Buckets", "kvNamespaces"] as const;
/** The header that tells them which bucket or namespace is meant. */
export const nameField = "MF-Namespace";

/** The Worker whose process keeps what these Workers bind, of these kinds, on `ports`. */
export function keeperOf(workers: readonly object[], kinds: readonly Kind[], ports: Ports) {
  const bound: Bound[] = [...workers];
  const all = (kind: Kind) =>
    new Set(bound.flatMap((worker) => Object.values(worker[kind] ?? {}).map(idOf)));
  const kept = Object.fromEntries(
    kinds.map((kind) => [
      kind,
      Object.fromEntries([...all(kind)].map((id, index) => [`KEPT_${index}_${kind}`, id])),
    ]),
  );
  return {
    name: "storage",
    modules: true as const,
    script: "export default { fetch: () => new Response() };",
    compatibilityDate: "2026-10-23",
    // That of the Workers is in their process, under the same folder.
    cacheAPI: false,
    ...kept,
    unsafeBindings: kinds
      .filter((kind) => all(kind).size > 0)
      .map((kind) => plugged(`LISTENING_${kind}`, { kind, port: ports[kind] })),
  };
}

/** The same Worker, with its storage of these kinds on `ports`. */
export function bindElsewhere<Worker extends object>(
  worker: Worker,
  kinds: readonly Kind[],
  ports: Ports,
) {
  const bound: Bound = worker;
  const unsafeBindings = kinds.flatMap((kind) =>
    Object.entries(bound[kind] ?? {}).map(([name, storage]) =>
      plugged(name, { kind, id: idOf(storage), port: ports[kind] }),
    ),
  );
  return { ...worker, ...Object.fromEntries(kinds.map((kind) => [kind, {}])), unsafeBindings };
}

export async function freePorts(): Promise<Ports> {
  const [r2Buckets, kvNamespaces] = await Promise.all([freePort(), freePort()]);
  return { r2Buckets, kvNamespaces };
}

const idOf = (storage: string | { readonly id: string }) =>
  typeof storage === "string" ? storage : storage.id;

const pluginName = "storage-elsewhere";

const plugged = (name: string, options: Elsewhere | Listening) => ({
  name,
  type: pluginName,
  plugin: { package: import.meta.filename, name: pluginName },
  options: { ...options },
});

interface Listening {
  readonly kind: Kind;
  readonly port: number;
}

interface Elsewhere extends Listening {
  readonly id: string;
}

const plugin: Plugin = {
  getBindings: ({ config }) =>
    pluggedIn(config.env).flatMap(([name, options]): Worker_Binding[] => {
      if (!("id" in options)) return [];
      const service = { name: serviceName(options) };
      const isBucket = options.kind === "r2Buckets";
      return [isBucket ? { name, r2Bucket: service } : { name, kvNamespace: service }];
    }),
  getNodeBindings: () => ({}),
  getServices: ({ options: { config } }) => {
    const all = pluggedIn(config.env).map(([, options]) => options);
    return {
      services: all.flatMap((options) => ("id" in options ? [serviceOf(options)] : [])),
      sockets: all.flatMap((options) => ("id" in options ? [] : [socketOf(options)])),
      extensions: [],
    };
  },
};

/** @public Miniflare reads it. */
export const plugins = { [pluginName]: plugin };

const serviceName = ({ kind, id }: Elsewhere) => `${pluginName}:${kind}:${id}`;

const serviceOf = (options: Elsewhere) => ({
  name: serviceName(options),
  external: {
    address: `127.0.0.1:${options.port}`,
    http: { injectRequestHeaders: [{ name: nameField, value: options.id }] },
  },
});

const socketOf = ({ kind, port }: Listening) => ({
  name: `${pluginName}:${kind}`,
  address: `127.0.0.1:${port}`,
  service: { name: simulators[kind] },
  http: {},
});

/** By the binding's name. */
function pluggedIn(env: unknown): [string, Elsewhere | Listening][] {
  return Object.entries((env ?? {}) as Record<string, PluggedBinding>).flatMap(
    ([name, { type, dev }]) =>
      type === `unsafe:${pluginName}` && dev?.options ? [[name, dev.options]] : [],
  );
}

interface PluggedBinding {
  readonly type: string;
  readonly dev?: { readonly options?: Elsewhere | Listening };
}

function freePort(): Promise<number> {
  return new Promise((found, failed) => {
    const probe = createServer().on("error", failed);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => found(typeof address === "object" && address ? address.port : 0));
    });
  });
}
