/**
 * The house as data: `docs` and `CONTRIBUTING` say it in words, this is what is held to. Arrows run
 * one way, `core ← engine` and `core ← durable-objects ← workers`.
 */
export interface Room {
  readonly folder: string;
  /** Folders whose code it may use; its own is always allowed. */
  readonly uses: readonly string[];
  /** Folders of which it may know the types, and nothing that exists when it runs. */
  readonly usesTypesOf: readonly string[];
  /** Packages it may import, types aside. */
  readonly packages: readonly RegExp[];
}

const pure = [/^zod\/mini$/, /^ulid$/, /^@noble\/hashes\//, /^thumbhash$/];
const runtime = [/^cloudflare:workers$/];

/** The first room whose folder holds a file is its room. */
export const rooms: readonly Room[] = [
  { folder: "core", uses: [], usesTypesOf: [], packages: pure },
  {
    folder: "engine",
    uses: ["core"],
    usesTypesOf: [],
    // The codecs; Node's own modules are for the two files that load them.
    packages: [
      /^@cwasm\/jpeg-turbo\//,
      /^@jsquash\/avif\//,
      /^icodec\/(avif|webp)-enc\.wasm$/,
      /^ogv\/dist\//,
      /^libheif-js\/libheif-wasm\//,
      /^#heic$/,
      /^node:/,
    ],
  },
  {
    folder: "durable-objects",
    uses: ["core"],
    usesTypesOf: [],
    packages: [...pure, ...runtime],
  },
  {
    folder: "workers/api",
    uses: ["core"],
    usesTypesOf: ["durable-objects"],
    packages: [
      ...pure,
      ...runtime,
      /^zod\/v4\/locales\//,
      /^hono(\/|$)/,
      /^@fastify\/busboy$/,
      /^node:stream$/,
    ],
  },
  {
    folder: "workers/consumer",
    uses: ["core", "engine"],
    usesTypesOf: ["durable-objects"],
    packages: [...pure, ...runtime],
  },
  {
    folder: "workers/billing",
    uses: ["core"],
    usesTypesOf: ["durable-objects"],
    packages: [...pure, ...runtime],
  },
  {
    folder: "workers/tail",
    uses: ["core"],
    usesTypesOf: ["durable-objects"],
    packages: [],
  },
  {
    folder: "simulator",
    uses: ["core", "durable-objects", "workers/api", "workers/consumer", "workers/billing"],
    usesTypesOf: ["engine"],
    packages: [...pure, /^node:/],
  },
  {
    folder: "scripts",
    // The API as data: its OpenAPI document is linted.
    uses: ["core", "engine", "workers/api", "topology.ts"],
    usesTypesOf: [],
    packages: [
      /^node:/,
      /^@cf-wasm\/photon\/node$/,
      /^vitest(\/(node|config))?$/,
      /^(wrangler|miniflare)$/,
    ],
  },
  {
    folder: "bench",
    uses: [
      "topology.ts",
      "core",
      "engine",
      "durable-objects",
      "workers/api",
      "workers/billing",
      "workers/consumer",
      "scripts",
      "simulator",
    ],
    usesTypesOf: [],
    packages: [...pure, ...runtime, /^node:/, /^hono$/, /^sharp$/, /^@cf-wasm\/photon/],
  },
  {
    folder: "tests",
    uses: [
      "topology.ts",
      "core",
      "engine",
      "durable-objects",
      "workers/api",
      "workers/consumer",
      "workers/billing",
      "workers/tail",
      "simulator",
      "scripts",
      "bench",
    ],
    usesTypesOf: [],
    packages: [/./],
  },
];

export const forbiddenNames = [
  "utils",
  "util",
  "shared",
  "common",
  "helpers",
  "helper",
  "lib",
  "misc",
];

export const fileLinesMax = 300;
/** Held by the linter, which knows where a function ends. */
export const functionLinesMax = 60;
/** Tables of data are as long as what they list. */
export const dataTables: readonly string[] = ["core/limits.ts"];

/** Source files side by side in one folder. A longer list is not read but searched. */
export const folderFilesMax = 16;

/** Folders of programs and tests, each file of which stands alone. */
export const longFolders = [/^bench(\/|$)/, /^tests(\/|$)/];

/** Fewer source files than this means that the search for them is broken. */
export const sourceFilesMin = 120;
