import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { MonthLog, ProvenHead, SignedHead } from "../../core/books/transparency.ts";
import { readSegment } from "../../core/books/verify/read-segment.ts";
import type { GivenStatement } from "../../core/books/verify/rebuild-statement.ts";
import { rowFiles } from "../../core/books/verify/row-files.ts";
import { isMonth, monthEnd, monthOf, monthStart, type Month } from "../../core/ledger/usage.ts";
import { stage } from "../terminal.ts";
import { BooksClient } from "./books-client.ts";
import { keepFile, keptFiles } from "./kept-folder.ts";

export interface ExportOptions {
  readonly url: string;
  readonly key: string;
  readonly month: string;
  readonly out: string;
}

/** Records of one ledger in a month: a hundred times what 250 jobs a second make. */
const segmentsMax = 20_000_000;

/** Answers at once. More would only wait for the tenant's rate. */
const lanes = 6;

/**
 * Keeps everything that proves a month's bill in a folder. What never changes and is there already is not fetched
 * again, so that an export that was cut off goes on where it was.
 */
export async function exportBooks({ url, key, month, out }: ExportOptions): Promise<void> {
  if (!isMonth(month)) throw new Error(`--month must be a month like 2026-01, not "${month}".`);
  const client = new BooksClient(url, key);
  const keep = async (name: string, path: string) => {
    const bytes = await client.get(path);
    if (bytes) keepFile(out, name, bytes);
    return bytes;
  };
  const statement = await stage("Statement, keys and prices", async () => {
    // The statement first: what is fetched after it covers it.
    const bytes = await keep(keptFiles.statement, `/v1/statements/${month}`);
    if (!bytes) throw new Error(`There is no statement for ${month}.`);
    await keep(keptFiles.keys, "/.well-known/jwks.json");
    await keep(keptFiles.priceLists, "/v1/price-lists");
    return parsed<GivenStatement>(bytes);
  });
  keepCreditNotes(out, statement);
  const heads = await stage("The witness's log", async (say) => {
    const newest = parsed<{ heads: SignedHead[] }>(
      await keep(keptFiles.heads, `/v1/heads?month=${month}`),
    );
    return [...(await keepLog({ out, month, statement, keep, say })), ...newest.heads];
  });
  await stage("Sealed records", async (say) => {
    const wanted = wantedSegments(statement, heads).map(({ ledger, number }) => ({
      name: keptFiles.segment(ledger, number),
      path: `/v1/segments/${ledger.slice(ledger.indexOf("/") + 1)}/${number}`,
    }));
    await keepAll({ out, wanted, keep, say });
  });
  await stage("Rows for data tools", async () => keepRows(out, statement));
}

/** A note that was kept by an earlier export stays as it was, so that one that is changed or gone since is found. */
function keepCreditNotes(out: string, { creditNotes = [] }: GivenStatement): void {
  for (const note of creditNotes) {
    const name = keptFiles.creditNote(note.number);
    const text = new TextEncoder().encode(JSON.stringify(note));
    if (!existsSync(join(out, name))) keepFile(out, name, text);
  }
}

type Keep = (name: string, path: string) => Promise<Uint8Array | null>;

interface Wanted {
  readonly name: string;
  readonly path: string;
}

interface LogTask {
  readonly out: string;
  readonly month: Month;
  readonly statement: GivenStatement;
  readonly keep: Keep;
  readonly say: (detail: string) => void;
}

/** The month's log and the beginning of the next one's, until it covers the statement; the tenant's heads in them. */
async function keepLog({ out, month, statement, keep, say }: LogTask): Promise<SignedHead[]> {
  const next = monthOf(monthEnd(monthStart(month)));
  const heads: SignedHead[] = [];
  for (const each of [month, next]) {
    const bytes = await keep(keptFiles.log(each), `/v1/transparency?month=${each}`);
    const hours = (bytes ? parsed<MonthLog>(bytes).hours : []).map(({ hour }) => ({
      name: keptFiles.loggedHeads(hour),
      path: `/v1/transparency/${hour}/heads`,
    }));
    if (each === month) heads.push(...(await keepHeads(out, hours, keep, say)));
    else {
      while (hours.length > 0 && !isCovered(statement, heads)) {
        heads.push(...(await keepHeads(out, hours.splice(0, lanes), keep, say)));
      }
    }
  }
  return heads;
}

async function keepHeads(
  out: string,
  hours: readonly Wanted[],
  keep: Keep,
  say: (detail: string) => void,
): Promise<SignedHead[]> {
  const heads: SignedHead[][] = [];
  await keepAll({ out, wanted: hours, keep, say }, (bytes, index) => {
    const proven = parsed<{ heads: ProvenHead[] }>(bytes, join(out, hours[index]?.name ?? ""));
    heads[index] = proven.heads.map(({ head }) => head);
  });
  return heads.flat();
}

function isCovered({ segments }: GivenStatement, heads: readonly SignedHead[]): boolean {
  return segments.every(({ ledger, last }) =>
    heads.some((head) => head.ledger === ledger && head.number >= last),
  );
}

/** Those that the statement names, and on to the first that the witness signed. */
function wantedSegments(
  { segments, adjustments = [] }: GivenStatement,
  heads: readonly SignedHead[],
): { ledger: string; number: number }[] {
  const ranges = [
    ...segments,
    ...adjustments.map((each) => ({ ledger: each.ledger, ...each.segments })),
  ];
  return [...Map.groupBy(ranges, ({ ledger }) => ledger)].flatMap(([ledger, own]) => {
    const first = Math.min(...own.map((range) => range.first));
    const last = Math.max(...own.map((range) => range.last));
    const signed = heads
      .filter((head) => head.ledger === ledger && head.number >= last)
      .map(({ number }) => number);
    const top = signed.length > 0 ? Math.min(...signed) : last;
    const count = top - first + 1;
    if (!(count <= segmentsMax))
      throw new Error(`The statement names ${count} records of ${ledger}.`);
    return Array.from({ length: count }, (_, index) => ({
      ledger,
      number: first + index,
    }));
  });
}

interface KeepTask {
  readonly out: string;
  readonly wanted: readonly Wanted[];
  readonly keep: Keep;
  readonly say: (detail: string) => void;
}

/** Fetches what is not in the folder yet, a few at once. `read` gets each file, whether it was there or not. */
async function keepAll(
  { out, wanted, keep, say }: KeepTask,
  read?: (bytes: Uint8Array, index: number) => void,
): Promise<void> {
  let done = 0;
  const waiting = wanted.entries();
  const lane = async () => {
    for (const [index, { name, path }] of waiting) {
      const file = join(out, name);
      if (!existsSync(file)) await keep(name, path);
      if (read && existsSync(file)) read(readFileSync(file), index);
      say(`${(done += 1)} of ${wanted.length}`);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

/** The rows that the statement adds up, compressed by gzip, from the records that are kept. */
function keepRows(out: string, { month, through, segments }: GivenStatement): void {
  for (const { ledger, first, last } of segments) {
    for (let number = first; number <= last; number++) {
      const file = join(out, keptFiles.segment(ledger, number));
      const { segment = null } = existsSync(file) ? readSegment(readFileSync(file)) : {};
      // What is not what it should be is named by `verify`.
      if (segment?.ledger !== ledger || segment.number !== number) continue;
      for (const { name, hour, text } of rowFiles(segment)) {
        const isBilled = monthOf(hour) === month && hour < Date.parse(through);
        if (isBilled) keepFile(out, keptFiles.rows(name), gzipSync(text));
      }
    }
  }
}

/** `file`: where it was kept, by an earlier export. */
function parsed<Value>(bytes: Uint8Array | null, file = ""): Value {
  try {
    return JSON.parse(new TextDecoder().decode(bytes ?? new Uint8Array())) as Value;
  } catch (cause) {
    const whatToDo =
      file === "" ? "The service's answer" : `${file}: delete it and export again. It`;
    throw new Error(`${whatToDo} is not what it should be.`, { cause });
  }
}
