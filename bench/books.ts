/**
 * What does a billed event cost, and does that grow with their number? The ledger's own flush on SQLite, the roll-up
 * and the customer's verifier, over segments in a folder, for ten thousand events and for a hundred thousand.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stage } from "../scripts/terminal.ts";
import { FolderBooks } from "./books-in-folder.ts";
import { hostDescription } from "./host.ts";
import { liveMiB } from "./live-memory.ts";
import { median, round, spread } from "./statistics.ts";

export interface BooksReport {
  readonly host: string;
  readonly events: number;
  /** Flush, roll-up and verification together, at a hundred thousand events. */
  readonly eventsPerSecond: number;
  /** CPU of an event at a hundred thousand by that at ten thousand. */
  readonly costRatio: number;
  readonly spread: number;
  /** The most memory in use at any access to storage, at a hundred thousand by that at ten thousand. */
  readonly peakMiBRatio: number;
  /** The ledger's database and what the process holds, garbage collected. */
  readonly peakMiB: number;
  /** Faults that the verifier found; anything but 0 is a failure. */
  readonly failures: number;
}

const few = 10_000;
const many = 100_000;

export async function benchBooks(rounds: number): Promise<BooksReport> {
  // As many events as one large run has, so that the heap has grown to its working size.
  await stage("Warming up", () => booksTimed(few, many / few));
  const [atFew, atMany] = await stage("Memory", async () => [
    await peakMiB(few),
    await peakMiB(many),
  ]);
  const measured: { few: number; many: number; failures: number }[] = [];
  for (let number = 1; number <= rounds; number++) {
    await stage(`Round ${number} of ${rounds}`, async (detail) => {
      const before = await booksTimed(few, 5);
      const large = await booksTimed(many, 1);
      const after = await booksTimed(few, 5);
      const failures = before.failures + large.failures + after.failures;
      measured.push({ few: (before.seconds + after.seconds) / 2, many: large.seconds, failures });
      detail(`${round(large.seconds)} s for ${many} events`);
    });
  }
  const ratios = measured.map((each) => each.many / many / (each.few / few));
  return {
    host: hostDescription(),
    events: many,
    eventsPerSecond: Math.round(many / median(measured.map((each) => each.many))),
    costRatio: round(median(ratios), 3),
    spread: round(spread(ratios), 3),
    peakMiBRatio: round(atMany / atFew, 3),
    peakMiB: Math.round(atMany),
    failures: measured.reduce((sum, { failures }) => sum + failures, 0),
  };
}

/** CPU seconds of one run, the mean of some; each on books of its own. */
async function booksTimed(events: number, times: number) {
  let seconds = 0;
  let failures = 0;
  for (let run = 0; run < times; run++) {
    await inFolder(async (folder) => {
      const books = new FolderBooks(folder);
      const before = process.cpuUsage();
      await books.settle(events);
      await books.rollUp();
      failures += await books.verify(events);
      const { user, system } = process.cpuUsage(before);
      seconds += (user + system) / 1e6;
      books.close();
    });
  }
  return { seconds: seconds / times, failures };
}

/** The most that one run has in use. It is not timed: each look at the memory takes as long as a segment. */
function peakMiB(events: number): Promise<number> {
  return inFolder(async (folder) => {
    let peak = 0;
    const look = (): void => {
      peak = Math.max(peak, liveMiB() + books.databaseMiB());
    };
    const books = new FolderBooks(folder, look);
    await books.settle(events);
    await books.rollUp();
    await books.verify(events);
    books.close();
    return peak;
  });
}

async function inFolder<Value>(work: (folder: string) => Promise<Value>): Promise<Value> {
  const folder = mkdtempSync(join(tmpdir(), "minilab-bench-books-"));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
