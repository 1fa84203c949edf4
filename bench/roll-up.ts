/**
 * Do the books keep up with many tenants? A scheduled roll-up of the real code over storage in memory, on a
 * virtual clock on which every call takes 50 ms: how long after its end an hour is in all statements, and
 * what an event costs at 5000 tenants against 50.
 */
import { hourMillis } from "../core/ledger/usage.ts";
import { planRollUp, readNews, rollUpPart } from "../workers/billing/scheduled-roll-up.ts";
import { stage } from "../scripts/terminal.ts";
import { BooksInMemory } from "./books-in-memory.ts";
import { hostDescription } from "./host.ts";
import { median, round, spread } from "./statistics.ts";
import { VirtualTime } from "./virtual-time.ts";

export interface RollUpReport {
  readonly host: string;
  readonly tenants: number;
  /** Tenants with work in the hour that is judged. */
  readonly activeTenants: number;
  readonly jobs: number;
  /** Of the tenants, how many have the closed hour in their statement. */
  readonly includedShare: number;
  /** Of CPU, for all tenants. */
  readonly seconds: number;
  readonly eventsPerSecond: number;
  /** Time an event at many tenants by time an event at few. */
  readonly costRatio: number;
  readonly spread: number;
  /** From the end of the hour until all statements have it, on the virtual clock. */
  readonly minutesAfterHour: number;
}

const many = 5000;
const few = 50;
/** A ledger that works all hour flushes every five minutes. */
const segmentsPerTenant = 12;
const eventsPerSegment = 5;
const eventsPerTenant = segmentsPerTenant * eventsPerSegment;
/** Runs at few tenants for one at many, so that both are measured about as long. */
const fewRuns = 25;

export async function benchRollUp(rounds: number): Promise<RollUpReport> {
  await stage("Warming up", () => rollUpTimed(few, 5));
  const measured: { many: Run; few: Run }[] = [];
  for (let number = 1; number <= rounds; number++) {
    await stage(`Round ${number} of ${rounds}`, async (detail) => {
      const before = await rollUpTimed(few, fewRuns);
      const atMany = await rollUpTimed(many, 1);
      const after = await rollUpTimed(few, fewRuns);
      const seconds = (before.seconds + after.seconds) / 2;
      measured.push({ many: atMany, few: { ...after, seconds } });
      detail(`${round(atMany.seconds)} s for ${many} tenants`);
    });
  }
  const perEvent = ({ seconds, tenants }: Run) => seconds / (tenants * eventsPerTenant);
  const ratios = measured.map((each) => perEvent(each.many) / perEvent(each.few));
  const seconds = median(measured.map((each) => each.many.seconds));
  return {
    host: hostDescription(),
    tenants: many,
    activeTenants: Math.min(...measured.map((each) => each.many.active)),
    jobs: many * eventsPerTenant,
    includedShare: Math.min(...measured.map((each) => each.many.includedShare)),
    seconds: round(seconds),
    eventsPerSecond: Math.round((many * eventsPerTenant) / seconds),
    costRatio: round(median(ratios), 3),
    spread: round(spread(ratios), 3),
    minutesAfterHour: round(Math.max(...measured.map((each) => each.many.minutesAfterHour))),
  };
}

interface Run {
  readonly tenants: number;
  readonly seconds: number;
  readonly active: number;
  readonly includedShare: number;
  readonly minutesAfterHour: number;
}

/** The hour's end, and the first run after it. */
const hourEnd = Date.UTC(2026, 10, 20, 11);
const firstRun = hourEnd + 6 * 60_000;

/** The mean of `times` roll-ups, each of books that no run has read yet. */
async function rollUpTimed(tenants: number, times: number): Promise<Run> {
  let seconds = 0;
  let included = 0;
  let active = tenants;
  let minutesAfterHour = 0;
  for (let run = 0; run < times; run++) {
    const time = new VirtualTime(firstRun);
    const books = new BooksInMemory(time, tenants, segmentsPerTenant, eventsPerSegment);
    const before = process.cpuUsage();
    await time.run(() => rollUp(books));
    const { user, system } = process.cpuUsage(before);
    seconds += (user + system) / 1e6;
    included += books.complete();
    active = Math.min(active, books.active());
    minutesAfterHour = Math.max(minutesAfterHour, (time.now - hourEnd) / (hourMillis / 60));
  }
  const includedShare = included / (times * tenants);
  return { tenants, active, seconds: seconds / times, includedShare, minutesAfterHour };
}

/** All parts side by side, as the Workflow's instances run. */
async function rollUp(books: BooksInMemory): Promise<void> {
  const parts = await planRollUp(books, await readNews(books.store, books.now()));
  await Promise.all(
    parts.map(async (part) => {
      for (let rest: typeof part | null = part; rest;) {
        rest = (await rollUpPart(books, rest, (_, work) => work())).rest;
      }
    }),
  );
}
