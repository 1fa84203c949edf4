import {
  addSegment,
  dayOf,
  daysIn,
  emptyDay,
  groupUsage,
  type DayUsage,
  type GroupedUsage,
  type GroupedUsageAsked,
} from "../../../core/billing/grouped-usage.ts";
import type { Segment } from "../../../core/books/verify/read-segment.ts";
import { parseLedgerName } from "../../../core/job/ledger-address.ts";
import { DAY } from "../../../core/magnitudes.ts";
import type { BooksStore } from "../books-store.ts";
import type { Versioned } from "../json-store.ts";
import type { RollUpPorts } from "../ports.ts";
import { ledgersInBooks } from "../tenant-ledgers.ts";

/** A tenant's days of usage by key and format, while segments are added to them. Each is read once and written once. */
export class GroupedDays {
  readonly #store: BooksStore;
  readonly #tenant: string;
  readonly #days = new Map<string, Versioned<DayUsage | null> & { readonly next: DayUsage }>();

  constructor(store: BooksStore, tenant: string) {
    this.#store = store;
    this.#tenant = tenant;
  }

  async add(segment: Segment): Promise<void> {
    for (const day of daysIn(segment)) {
      const known = this.#days.get(day);
      const stored = known ?? (await this.#store.dayUsage(this.#tenant, day));
      const next = addSegment(known?.next ?? stored.value ?? emptyDay, day, segment);
      this.#days.set(day, { value: stored.value, version: stored.version, next });
    }
  }

  /** Throws where another run was faster: what it added must not be lost, and the next run adds what is missing. */
  async save(): Promise<void> {
    for (const [day, { value, version, next }] of this.#days) {
      if (next === value) continue;
      const isSaved = await this.#store.replaceDayUsage(this.#tenant, day, next, version);
      if (!isSaved) throw new Error(`the usage of ${day} was changed meanwhile`);
    }
  }
}

export async function groupedUsage(
  ports: Pick<RollUpPorts, "fleet" | "store">,
  tenant: string,
  { from, to, by, periodLength }: GroupedUsageAsked,
): Promise<GroupedUsage> {
  const { store } = ports;
  const names = await ledgersInBooks(ports, tenant);
  // How far they are is read first: what is added meanwhile makes the answer no less complete.
  const ledgers = await Promise.all(
    names.map(async (ledger) => {
      const { value } = await store.checkpoint(ledger);
      const isWhole = value !== null && (value.groupsNext ?? 1) === value.nextSegment;
      return { ledger, through: isWhole ? value.readThrough : 0 };
    }),
  );
  const dayNames = daysBetween(from, to);
  const days = await Promise.all(dayNames.map((day) => store.dayUsage(tenant, day)));
  const asOf = Math.max(...ledgers.map(({ through }) => through));
  const late = ledgers.filter(({ through }) => through < asOf || through === 0);
  return {
    groups: groupUsage(
      days.flatMap(({ value }) => value ?? []),
      { from, to },
      by,
      periodLength,
    ),
    asOf,
    ledgers: {
      included: ledgers.length - late.length,
      known: ledgers.length,
      missing: [...new Set(late.map(({ ledger }) => parseLedgerName(ledger).region))],
    },
  };
}

function daysBetween(from: number, to: number): string[] {
  const days = [dayOf(from)];
  for (let at = from + DAY; dayOf(at) <= dayOf(to - 1); at += DAY) days.push(dayOf(at));
  return days;
}
