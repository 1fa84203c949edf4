import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { StatedCreditNote } from "../../core/books/credit-note.ts";
import type { PublicKeys } from "../../core/books/signature.ts";
import type { MonthLog, ProvenHead, SignedHead } from "../../core/books/transparency.ts";
import type { PriceList } from "../../core/books/verify/rebuild-statement.ts";
import type { KeptBooks } from "../../core/books/verify/verify.ts";

/** Where a month's books are kept: each file is an answer of the service, unchanged. */
export const keptFiles = {
  statement: "statement.json",
  keys: "jwks.json",
  priceLists: "price-lists.json",
  heads: "heads.json",
  log: (month: string) => `transparency/${month}.json`,
  loggedHeads: (hour: string) => `transparency/heads/${hour}.json`,
  segment: (ledger: string, number: number) =>
    `segments/${ledger}/${String(number).padStart(10, "0")}.jsonl`,
  creditNote: (number: number) => `credit-notes/${String(number).padStart(4, "0")}.json`,
  rows: (name: string) => `rows/${name}.gz`,
} as const;

/** Complete or not there, whenever the writing ends. */
export function keepFile(folder: string, name: string, bytes: Uint8Array): void {
  // Names come from a service that may not be what it says.
  if (name.split(/[/\\]/).includes("..")) throw new Error(`${name} would be outside of ${folder}.`);
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.part`, bytes);
  renameSync(`${file}.part`, file);
}

/** The books in a folder; throws, naming the file, when a file that must be there is missing or is not JSON. */
export function readKept(folder: string): KeptBooks {
  return {
    statement: readText(join(folder, keptFiles.statement)),
    keys: readJson<PublicKeys>(folder, keptFiles.keys),
    priceLists: partOf<PriceList[]>(folder, keptFiles.priceLists, "priceLists"),
    heads: partOf<SignedHead[]>(folder, keptFiles.heads, "heads"),
    logs: namesIn(folder, "transparency", /^\d{4}-\d{2}\.json$/).map((name) =>
      readJson<MonthLog>(folder, join("transparency", name)),
    ),
    loggedHeads: namesIn(folder, "transparency/heads", /^[\dT-]+\.json$/).map((name) => ({
      hour: name.slice(0, -".json".length),
      heads: partOf<ProvenHead[]>(folder, join("transparency/heads", name), "heads"),
    })),
    creditNotes: namesIn(folder, "credit-notes", /^\d+\.json$/).map((name) =>
      readJson<StatedCreditNote>(folder, join("credit-notes", name)),
    ),
    kept: segmentsIn(folder),
    segment: async (ledger, number) => {
      const file = join(folder, keptFiles.segment(ledger, number));
      return existsSync(file) ? readFileSync(file) : null;
    },
  };
}

function segmentsIn(folder: string): { ledger: string; number: number }[] {
  const root = join(folder, "segments");
  if (!existsSync(root)) return [];
  return readdirSync(root, { recursive: true, encoding: "utf8" }).flatMap((name) => {
    const [, ledger, number] = /^([^/\\]+[/\\][^/\\]+[/\\]\d+)[/\\](\d+)\.jsonl$/.exec(name) ?? [];
    if (ledger === undefined) return [];
    return [{ ledger: ledger.replaceAll("\\", "/"), number: Number(number) }];
  });
}

function namesIn(folder: string, name: string, wanted: RegExp): string[] {
  const path = join(folder, name);
  if (!existsSync(path)) return [];
  return readdirSync(path)
    .filter((each) => wanted.test(each))
    .toSorted();
}

/** Whether it is what it is said to be, the verifier finds out. */
const partOf = <Value>(folder: string, file: string, field: string): Value =>
  readJson<Record<string, Value> | null>(folder, file)?.[field] as Value;

function readJson<Value>(folder: string, name: string): Value {
  const file = join(folder, name);
  const text = readText(file);
  try {
    return JSON.parse(text) as Value;
  } catch (cause) {
    throw new Error(`${file} is not JSON. Export the month again.`, { cause });
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new Error(`${file} cannot be read. Export the month first, or name another folder.`, {
      cause,
    });
  }
}
