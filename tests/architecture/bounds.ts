import type { SourceFile } from "../../scripts/docs/source-files.ts";

/** Rooms in which every number that bounds something comes from a home of bounds. */
const boundedRooms = /^(?:core|durable-objects|engine|workers)\/(?!.*\.d\.ts$)/;

const homesOfBounds: ReadonlySet<string> = new Set([
  "core/limits.ts",
  "core/ledger-limits.ts",
  "core/magnitudes.ts",
  // Whoever checks a bill needs core/books alone.
  "core/books/verify/verify-limits.ts",
  // What each plan grants: a table of data.
  "core/identity/tenant-limits.ts",
]);

/** Numbers that are written like bounds, and are sizes of a form or what a format, a profile or a browser sets. */
const setByOthers: Readonly<Record<string, readonly string[]>> = {
  "core/books/verify/row-files.ts": ["hourMillis"],
  "core/delivery/uploads/upload-grant.ts": ["uploadTokenBytes"],
  "core/identity/api-key.ts": ["secretChars", "checksumChars", "apiKeySecretBytes"],
  "core/image/avif/probe.ts": ["bytesMin"],
  "core/image/heic/probe.ts": ["bytesMin"],
  "core/image/png/probe.ts": ["chunkLengthMax"],
  "core/image/stored-info.ts": ["maximum"],
  "core/plan/memory.ts": ["heapBytes"],
  "durable-objects/ledger/archive/replays.ts": ["hashBytes"],
  "engine/analysis/interest.ts": ["EDGE_MAX"],
  "engine/animation/render-animation.ts": ["delayMillis"],
  "engine/codecs/avif/icc.ts": ["INDEX_MAX"],
  "engine/codecs/avif/parts.ts": ["TILE_SIDE_MIN"],
  "engine/codecs/exif.ts": ["PAYLOAD_BYTES_MAX"],
  "engine/codecs/gif/lzw.ts": ["CODES_MAX"],
  "engine/codecs/jpeg/grid.ts": ["codedBlockBytesMax"],
  "engine/codecs/jpeg/plane-layout.ts": ["filterRowsMin"],
  "engine/codecs/jpeg/syntax/header.ts": ["componentsMax"],
  "engine/codecs/jpeg/syntax/huffman.ts": ["bitsMax"],
  "engine/codecs/jpeg/syntax/icc.ts": ["PART_BYTES_MAX"],
  "engine/codecs/png/kernel.ts": ["sampleMax"],
  "engine/codecs/webp/demux.ts": ["frameAreaMax"],
  "engine/codecs/webp/encoder.ts": ["SIDE_MAX"],
  "engine/colour/cmyk-profile.ts": ["blackLuminanceMax"],
  "workers/api/documents/picture-description-schema.ts": ["maximum"],
  // A rendition that the page shows.
  "workers/api/pages/home-page.ts": ["max_bytes"],
};

/** 2 and more. 0 and 1 stand for nothing and the first; a number times a name is made from another. */
const amount = String.raw`(?:\d*\.\d+|0x[\da-f]+|[2-9][\d_]*(?:e\d+)?|1[\d_]+|1e\d+)\b(?!\s*\*\s*[(a-z])`;

/** What a name of a bound ends in. Engines and formats are full of sizes in bytes, which bound nothing. */
const boundNames =
  "[mM]illis|[sS]econds|[dD]ays|Max|Min|[aA]ttempts|AtOnce|_(?:MILLIS|SECONDS|MAX|MIN)";
const sizeNames = "[bB]ytes|[pP]ixels|[cC]hars|Count";
const named = (endings: string) =>
  String.raw`\b\w*(?:${endings})\b(?::\s*number)?\s*[:=]\s*${amount}`;

const inFormats = /^(?:core\/image|engine)\//;
const unit = "(?:SECOND|MINUTE|HOUR|DAY|KiB|MiB|1024|1000|60)";

/** How bounds are written: as a rule, and where it does not hold. */
const rules: readonly { readonly written: string; readonly butIn?: RegExp }[] = [
  { written: named(boundNames) },
  { written: named(sizeNames), butIn: inFormats },
  // OpenAPI's, zod's, R2's, KV's and the queue's words for them.
  {
    written: String.raw`\b(?:maximum|max(?:imum)?(?:Length|Items|Keys|Size)|limit|\w*Ttl|delaySeconds)(?::\s*|\()${amount}`,
  },
  { written: String.raw`\bLIMIT ${amount}|\bmax-age=\d+` },
  {
    written: String.raw`\b(?:setTimeout|timeout|setAlarm|withDeadline|within|after|sleep|delay)\((?:[^()]|\([^()]*\))*?\b${amount}`,
  },
  // Memory models of formats are made of measured megabytes.
  { written: String.raw`\b[\d._]+ \* ${unit}\b|\b${unit} \* \d`, butIn: /^core\/(?:image|plan)\// },
  { written: String.raw`\b(?:attempt|round|turn|tries)\w* *[<>]=? *${amount}` },
  { written: String.raw`\b(?:length|size|byteLength) *[<>]=? *\d{2}[\d_]*\b`, butIn: inFormats },
];

const patterns = rules.map(({ written, butIn }) => ({ butIn, pattern: new RegExp(written, "g") }));

/** `file: what is written`, for each bound outside their homes, and each exception that no file needs any more. */
export function boundsOutside(
  files: readonly Pick<SourceFile, "path" | "text">[],
  exceptions: Readonly<Record<string, readonly string[]>> = setByOthers,
): string[] {
  const searched = files.filter(
    ({ path }) =>
      boundedRooms.test(path) && !path.startsWith("engine/kernels/") && !homesOfBounds.has(path),
  );
  const found = searched.flatMap(({ path, text }) =>
    boundsIn(path, text).map((written) => ({
      path,
      written,
      name: /\w+/.exec(written)?.[0] ?? "",
    })),
  );
  const unlisted = found.filter(({ path, name }) => !exceptions[path]?.includes(name));
  const needless = Object.entries(exceptions).flatMap(([path, names]) =>
    names
      .filter((name) => !found.some((each) => each.path === path && each.name === name))
      .map((name) => `${path}: ${name} is no exception any more`),
  );
  return [...unlisted.map(({ path, written }) => `${path}: ${written}`), ...needless];
}

function boundsIn(path: string, text: string): string[] {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\/|(?:^|\s)\/\/.*$/gm, "");
  return patterns
    .filter(({ butIn }) => !butIn?.test(path))
    .flatMap(({ pattern }) => [...code.matchAll(pattern)])
    .map(([written]) => written.replaceAll(/\s+/g, " "));
}
