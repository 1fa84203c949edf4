/**
 * Checks a month's bill against the raw records, offline: that the witness signed the chains and its log only grew,
 * that the segments are those that were signed, that no row is missing, and that the statement follows from the
 * rows, byte for byte. Needs nothing of the service, nor of the rest of this project: JavaScript with Web Crypto
 * is enough, so it runs in a browser too.
 */
import { checkChain, lastToRead, type ChainTask } from "./check-chain.ts";
import type { StatedCreditNote } from "../credit-note.ts";
import { addCreditNotes } from "./check-credit-notes.ts";
import { checkWitness, type Anchors, type WitnessRecords } from "./check-witness.ts";
import { JobSet } from "./job-set.ts";
import {
  addRow,
  rebuildStatement,
  sharesOf,
  sumsDifference,
  type GivenStatement,
  type PriceList,
  type Share,
} from "./rebuild-statement.ts";
import {
  areHeads,
  areKeptNotes,
  areKeys,
  areLoggedHeads,
  areLogs,
  arePriceLists,
  isPriceList,
  parseStatement,
} from "./kept-forms.ts";
import { readSegment, type Row } from "./read-segment.ts";
import { Findings, type BooksReport } from "./report.ts";
import { verifyLimits } from "./verify-limits.ts";

/** A month's books as the service gave them. */
export interface KeptBooks extends WitnessRecords {
  /** As it was received, byte for byte. */
  readonly statement: string;
  readonly priceLists: readonly PriceList[];
  /** Every segment that there is. */
  readonly kept: readonly { readonly ledger: string; readonly number: number }[];
  /** Null: it is not there. One is held at a time. */
  segment(ledger: string, number: number): Promise<Uint8Array | null>;
  /** Credit notes of the month as earlier exports found them. */
  readonly creditNotes?: readonly StatedCreditNote[];
}

/**
 * Everything holds when `faults` is empty. Never throws because of what the books contain: an exception is a fault of
 * the verifier.
 */
export async function verifyBooks(books: KeptBooks): Promise<BooksReport> {
  const findings = new Findings();
  const anchors = await anchorsOf(books, findings);
  const given = parseStatement(books.statement);
  if (!given) {
    findings.add("statement-unreadable", "statement", "it is no statement");
    return findings.report();
  }
  const shares = sharesOf(given);
  await checkChains(books, [...shares.own, ...shares.adjusted], anchors, findings);
  const spoilt = spoiltPart(books, given);
  if (spoilt === null) await checkStatement(books, given, { shares, anchors }, findings);
  else findings.add("statement-unreadable", "statement", `${spoilt} are not what they should be`);
  return findings.report();
}

async function anchorsOf(books: KeptBooks, findings: Findings): Promise<Anchors> {
  const { keys, logs, loggedHeads, heads } = books;
  if (areKeys(keys) && areLogs(logs) && areLoggedHeads(loggedHeads) && areHeads(heads)) {
    return checkWitness(books, findings);
  }
  findings.add("log-unreadable", "log", "its parts are not what they should be");
  return new Map();
}

/** Which of the things that a statement is held to cannot be read; null: none. */
function spoiltPart(
  { keys, priceLists, creditNotes }: KeptBooks,
  { priceList, adjustments = [] }: GivenStatement,
): string | null {
  if (!areKeys(keys)) return "the keys";
  if (!areKeptNotes(creditNotes)) return "the credit notes that were kept";
  const named = new Set([priceList, ...adjustments.map((each) => each.priceList)]);
  const isReadable =
    arePriceLists(priceLists) &&
    priceLists.filter(({ version }) => named.has(version)).every(isPriceList);
  return isReadable ? null : "the price lists";
}

async function checkChains(
  books: KeptBooks,
  shares: readonly Share[],
  anchors: Anchors,
  findings: Findings,
): Promise<void> {
  const jobs = new JobSet();
  const met: MetAgain[] = [];
  const named = new Map<string, { first: number; top: number }>();
  for (const [ledger, own] of Map.groupBy(shares, (share) => share.ledger)) {
    const range = {
      first: own.reduce((least, { range: { first } }) => Math.min(least, first), Infinity),
      last: own.reduce((most, { range: { last } }) => Math.max(most, last), 0),
    };
    const task: ChainTask = {
      ledger,
      ...range,
      stated: new Map(own.map((share) => [share.range.last, share.range.lastHash])),
      anchors,
      read: (number) => books.segment(ledger, number),
      onRow: (row, segment) => {
        for (const share of own) addRow(share, row, segment);
        if (row.outcome === "done" && !jobs.add(row.job)) met.push({ ledger, row, segment });
      },
    };
    const read = { first: range.first, top: lastToRead(anchors, task) };
    named.set(ledger, read);
    if (isThere(books, ledger, read, findings)) await checkChain(task, findings);
  }
  await nameRepeated(books, named, met, findings);
  for (const { ledger, number } of books.kept) {
    const range = named.get(ledger);
    if (range && number >= range.first && number <= range.top) continue;
    findings.add(
      "segment-not-named",
      `${ledger} ${number}`,
      "nothing in this month's books names it",
    );
  }
}

interface ReadRange {
  readonly first: number;
  readonly top: number;
}

/** Whether few enough of a chain's segments are missing to name each. If not, they are named together. */
function isThere(
  { kept }: KeptBooks,
  ledger: string,
  { first, top }: ReadRange,
  findings: Findings,
): boolean {
  const there = kept.filter(
    (each) => each.ledger === ledger && each.number >= first && each.number <= top,
  );
  const missing = top - first + 1 - there.length;
  if (missing <= verifyLimits.missingNamedMax) return true;
  findings.gaps += missing;
  findings.add("segment-missing", `${ledger} ${first} to ${top}`, `${missing} are not there`);
  return false;
}

/** A row whose job's hash was met before. */
interface MetAgain {
  readonly ledger: string;
  readonly row: Row;
  readonly segment: number;
}

/** In a month of 10^8 jobs two may have one hash: whether it is one job, the rows say, which are read once more. */
async function nameRepeated(
  books: KeptBooks,
  named: ReadonlyMap<string, ReadRange>,
  met: readonly MetAgain[],
  findings: Findings,
): Promise<void> {
  if (met.length === 0) return;
  const times = new Map(met.map(({ row }) => [row.job, 0]));
  for (const [ledger, { first, top }] of named) {
    for (const { number } of books.kept.filter((each) => each.ledger === ledger)) {
      const bytes = number >= first && number <= top ? await books.segment(ledger, number) : null;
      for (const { job, outcome } of (bytes && readSegment(bytes).segment?.rows) ?? []) {
        const known = times.get(job);
        if (known !== undefined && outcome === "done") times.set(job, known + 1);
      }
    }
  }
  for (const { ledger, row, segment } of met) {
    if ((times.get(row.job) ?? 0) < 2) continue;
    findings.add("job-billed-twice", `${ledger} ${segment} row ${row.seq}`, row.job);
  }
}

async function checkStatement(
  books: KeptBooks,
  given: GivenStatement,
  { shares, anchors }: { readonly shares: ReturnType<typeof sharesOf>; readonly anchors: Anchors },
  findings: Findings,
): Promise<void> {
  findings.sumsDifference = sumsDifference(given, shares.own, shares.adjusted);
  if (findings.sumsDifference > 0) {
    findings.add(
      "sums-differ",
      "statement",
      `its figures and the rows' sums are ${findings.sumsDifference} apart`,
    );
  }
  const rebuilt = rebuildStatement(given, shares, books.priceLists);
  if (rebuilt === null) {
    findings.add(
      "price-list-missing",
      "statement",
      `${given.priceList} is not the list of ${given.month}`,
    );
    return;
  }
  const { keys, creditNotes: kept = [] } = books;
  const whole = await addCreditNotes(rebuilt, { given, keys, anchors, kept }, findings);
  if (whole === books.statement) findings.statement = "identical";
  else findings.add("statement-differs", "statement", differenceOf(whole, books.statement));
}

/** Where two texts, which differ, part, with some of what is there. */
function differenceOf(rebuilt: string, given: string): string {
  let at = 0;
  while (rebuilt[at] === given[at]) at += 1;
  const from = Math.max(0, at - 20);
  return `it has …${given.slice(from, at + 40)}…, the rows lead to …${rebuilt.slice(from, at + 40)}…`;
}
