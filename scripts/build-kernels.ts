import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readArguments } from "./terminal.ts";

const usage = `npm run build:kernels [-- --check]

Compiles the AssemblyScript sources of engine/kernels to the .wasm modules next to them.

  --check   write nothing; exit code 1 if a committed module differs`;

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = "engine/kernels";

interface KernelModule {
  readonly name: string;
  readonly entries: readonly string[];
  readonly options: readonly string[];
}

const modules: readonly KernelModule[] = [
  {
    name: "pixels",
    // Every file's exports are the module's; code that several files share for JPEG is in `kernels/jpeg`.
    entries: readdirSync(join(root, folder, "pixels"))
      .toSorted()
      .map((file) => `pixels/${file}`),
    // It owns no memory and no data, so that it works in any memory it is given.
    options: ["--importMemory"],
  },
  // Has its own memory: a picture passes through it in strips, and its tables are next to the code that reads them.
  { name: "png", entries: ["png/png.ts"], options: [] },
  { name: "webp", entries: ["webp/webp.ts"], options: [] },
];

/** No runtime and no assertions: nothing is allocated, and every bound is the caller's. */
const flags =
  "--runtime stub --use abort= --noAssert --enable simd --optimizeLevel 3 --converge --disableWarning 112";

const { check } = readArguments(usage, { options: { check: { type: "boolean" } } }).values;
for (const module of modules) {
  const path = join(root, folder, `${module.name}.wasm`);
  const compiled = compile(module);
  if (!check) writeFileSync(path, compiled);
  else if (!compiled.equals(readFileSync(path))) {
    throw new Error(`${path} does not match its sources. Run: npm run build:kernels`);
  }
  console.log(`${folder}/${module.name}.wasm: ${compiled.length} bytes`);
}

function compile(module: KernelModule): Buffer {
  const out = mkdtempSync(join(tmpdir(), "kernels-"));
  const file = join(out, "out.wasm");
  try {
    execFileSync(
      process.execPath,
      [
        join(root, "node_modules/assemblyscript/bin/asc.js"),
        ...module.entries.map((entry) => `${folder}/${entry}`),
        "--outFile",
        file,
        ...flags.split(" "),
        ...module.options,
      ],
      { cwd: root, stdio: "inherit" },
    );
    return readFileSync(file);
  } finally {
    rmSync(out, { recursive: true });
  }
}
