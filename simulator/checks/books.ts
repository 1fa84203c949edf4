import type { Statement } from "../../core/billing/statement.ts";
import { firstPrevious, openSegment, segmentKey } from "../../core/ledger/segment.ts";
import {
  addEvent,
  emptyTotals,
  hourOf,
  monthOf,
  type UsageEvent,
  type UsageTotals,
} from "../../core/ledger/usage.ts";
import type { Tenant } from "../world/client.ts";
import type { World } from "../world/world.ts";
import type { ListedJobs } from "./jobs.ts";

/** Segments, statements and counters tell one story, in which every job occurs once. */
export async function checkBooks(
  world: World,
  tenants: readonly Tenant[],
  listed: ListedJobs,
): Promise<void> {
  for (const tenant of tenants) {
    const all: UsageEvent[] = [];
    for (const ledger of world.ledgersOf(tenant.id)) {
      // What is settled but not flushed yet leaves now.
      await world.ledgers.getByName(ledger).seal();
      const events = readSegments(world, ledger);
      await checkCounters(world, ledger, events);
      all.push(...events);
    }
    checkEvents(world, tenant, all, listed);
    checkStatements(world, tenant, all);
  }
}

function readSegments(world: World, ledger: string): UsageEvent[] {
  const events: UsageEvent[] = [];
  let previous = firstPrevious;
  for (let number = 1; ; number++) {
    const object = world.books.objects.get(segmentKey(ledger, number));
    if (!object) break;
    const expected = { ledger, number, previous, firstSeq: events.length + 1 };
    const opened = openSegment(object.bytes, expected);
    if (!opened.ok) {
      world.record.violate("segments-are-a-chain", `${ledger} ${number}: ${opened.error.reason}`);
      break;
    }
    events.push(...opened.value.events);
    previous = opened.value.hash;
  }
  const stored = world.books.keysUnder(`segments/${ledger}/`);
  const last = stored.at(-1);
  const known = events.length === 0 ? 0 : stored.length;
  if (last !== undefined && last !== segmentKey(ledger, known)) {
    world.record.violate("segments-are-a-chain", `${last} follows nothing`);
  }
  return events;
}

function checkEvents(
  world: World,
  tenant: Tenant,
  events: readonly UsageEvent[],
  listed: ListedJobs,
) {
  const { record, profile, timeline } = world;
  const counted = new Map<string, UsageEvent>();
  for (const event of events) {
    if (counted.has(event.job)) record.violate("billed-once", `${event.job} is in the books twice`);
    counted.set(event.job, event);
  }
  for (const [id, job] of listed.get(tenant.id) ?? []) {
    const event = counted.get(id);
    const known = record.jobs.get(id);
    if (known?.deleteAsked && record.mayBeForgotten(known)) continue;
    // Done again by a restored ledger that had not read its chain yet, and never billed.
    const isGift = job.status === "done" && event?.outcome === "failed";
    if (isGift && record.restored.has(tenant.id)) continue;
    if (job.settledAt !== null && event?.outcome !== job.status) {
      record.violate(
        "billed-once",
        `${id} is ${job.error?.code ?? job.status}, the books say ${event?.outcome ?? "nothing"}`,
      );
    }
  }
  for (const { id, picture } of record.jobs.values()) {
    const [billed, reserved] = [counted.get(id)?.computeUnits ?? 0, record.units.get(picture) ?? 0];
    if (billed > reserved) {
      record.violate("billed-is-what-was-reserved", `${id}: ${billed} units of ${reserved}`);
    }
  }
  for (const known of record.jobs.values()) {
    const isMissing = known.tenant === tenant.id && !counted.has(known.id);
    if (isMissing && !record.mayBeForgotten(known)) {
      record.violate("billed-once", `${known.id} is not in the books`);
    }
  }
  // What is admitted between a restore and the reading of the chain exceeds it.
  if (tenant.jobsPerMonth === null || record.restored.has(tenant.id)) return;
  const months = new Set(
    [profile.startAt, timeline.now, ...events.map(({ at }) => at)].map(monthOf),
  );
  const done = events.filter(({ outcome }) => outcome === "done").length;
  // Where two months meet, a job may be admitted in one and be done in the other; both together let in no more.
  const most = tenant.jobsPerMonth * months.size;
  if (done > most) record.violate("quota-is-kept", `${tenant.name} did ${done} jobs of ${most}`);
}

async function checkCounters(world: World, ledger: string, events: readonly UsageEvent[]) {
  const { hours } = await world.ledgers.getByName(ledger).usage(0, Number.MAX_SAFE_INTEGER);
  const expected = new Map<number, UsageTotals>();
  for (const event of events) {
    const hour = hourOf(event.at);
    expected.set(hour, addEvent(expected.get(hour) ?? emptyTotals, event));
  }
  const shown = JSON.stringify(hours.map(({ hour, totals }) => [hour, totals]));
  const sums = JSON.stringify([...expected].toSorted(([left], [right]) => left - right));
  if (shown !== sums)
    world.record.violate("counters-are-the-events", `${ledger}: ${shown} for ${sums}`);
}

/** Each event of a closed hour in exactly one statement. */
function checkStatements(world: World, tenant: Tenant, events: readonly UsageEvent[]): void {
  const closed = hourOf(world.timeline.now - 30 * 60_000);
  const settled = events.filter(({ at }) => at < closed);
  let [jobs, units] = [0, 0];
  for (const { usage, adjustments = [] } of statementsOf(world, tenant.id)) {
    for (const sum of [usage, ...adjustments.map((each) => each.usage)]) {
      jobs += sum.jobsDone + sum.jobsFailed;
      units += sum.computeUnits;
    }
  }
  const unitsOf = (some: readonly UsageEvent[]) =>
    some.reduce((sum, { computeUnits }) => sum + computeUnits, 0);
  const expectBetween = (what: string, value: number, least: number, most: number) => {
    if (value >= least && value <= most) return;
    const detail = `${tenant.name}: ${value} ${what}, settled are ${least} to ${most}`;
    world.record.violate("each-event-in-one-statement", detail);
  };
  expectBetween("jobs", jobs, settled.length, events.length);
  expectBetween("units", units, unitsOf(settled), unitsOf(events));
}

/** The statement of each month: the final one where there is one. */
function statementsOf(world: World, tenant: string): Statement[] {
  const byMonth = new Map<string, Statement>();
  for (const prefix of ["statements", "final-statements"]) {
    for (const key of world.books.keysUnder(`${prefix}/${tenant}/`)) {
      const bytes = world.books.objects.get(key)?.bytes;
      const statement = JSON.parse(new TextDecoder().decode(bytes)) as Statement;
      byMonth.set(statement.month, statement);
    }
  }
  return [...byMonth.values()];
}
