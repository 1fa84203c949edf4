import { limits } from "../limits.ts";
import type { AuditHarvest } from "./audit-schedule.ts";

/** What must hold of every ledger at every moment: name → what it says. */
export const invariants = {
  "accepted-is-ended-or-open": "A ledger has ended, or holds open, each job that it accepted",
  "messages-are-taken-waiting-or-dead":
    "A message that was sent was taken, waits in its queue, or ended its job as dead",
  "nothing-open-past-its-deadline": "A job ends by its deadline",
  "ended-jobs-are-billed-once":
    "Each job that ended is in the sealed records once, with its outcome",
  "billed-is-what-was-done": "A record has the units, bytes and renditions that the job shows",
  "billed-is-within-reserved": "A job is billed no more units than were reserved for it",
  "records-are-a-chain": "Sealed records are there, in order, each with the hash of the one before",
  "records-are-witnessed": "The last record that the witness signed is the one that is stored",
  "counters-are-the-records": "A ledger's hourly counters are the sums of its records",
  "statements-are-the-records": "A statement's figures are the sums of the records",
  "statements-are-priced-right": "A statement's lines and total follow from its figures",
  "credit-notes-are-those-issued":
    "A statement's credit notes are those that were issued, signed and in order",
  "done-pictures-are-there": "Each rendition of a finished job is stored, with its size",
  "pictures-have-a-job": "Each stored picture belongs to a job",
} as const;

export type Invariant = keyof typeof invariants;

export interface Breach {
  readonly invariant: Invariant;
  readonly ledger: string;
  /** The job, record, hour or statement. */
  readonly subject: string;
  readonly detail: string;
}

export interface AuditReport {
  readonly v: 1;
  /** When it ended. ISO 8601. */
  readonly at: string;
  readonly tenants: number;
  readonly ledgers: number;
  /** Ledgers that could not be audited; the report says nothing about them. */
  readonly unreachable: readonly string[];
  /** How many things were checked against each invariant, and how many broke it. */
  readonly invariants: Readonly<Record<Invariant, InvariantCount>>;
  /** At most `limits.auditBreachesMax`. */
  readonly breaches: readonly Breach[];
  /** Where the next run goes on; null: all tenants were looked at. */
  readonly cursor: string | null;
}

export interface InvariantCount {
  readonly checked: number;
  readonly breaches: number;
}

/** What was found last, what stands, and who waits: a breach stays here until an audit of its tenant finds none. */
export interface Audits {
  readonly last: AuditReport | null;
  readonly standing: readonly Breach[];
  /** Null before the first run by the clock. Absent in what earlier versions answer. */
  readonly harvest?: AuditHarvest | null;
}

export interface AuditRequest {
  /** One tenant alone; null: a page of all, after `cursor`. */
  readonly tenant: string | null;
  readonly cursor: string | null;
}

/** Counts of one ledger, or of several together. */
export class Tally {
  readonly #checked = new Map<Invariant, number>();
  readonly breaches: Breach[] = [];

  held(invariant: Invariant, times = 1): void {
    this.#checked.set(invariant, (this.#checked.get(invariant) ?? 0) + times);
  }

  /** Counts one check, and what was wrong, if anything. */
  expect(isKept: boolean, breach: Breach): void {
    this.held(breach.invariant);
    if (!isKept) this.breaches.push(breach);
  }

  add(other: Tally): void {
    for (const [invariant, times] of other.#checked) this.held(invariant, times);
    this.breaches.push(...other.breaches);
  }

  counts(): Record<Invariant, InvariantCount> {
    const names = Object.keys(invariants) as Invariant[];
    const entries = names.map((name): [Invariant, InvariantCount] => {
      const breaches = this.breaches.filter(({ invariant }) => invariant === name).length;
      return [name, { checked: this.#checked.get(name) ?? 0, breaches }];
    });
    return Object.fromEntries(entries) as Record<Invariant, InvariantCount>;
  }
}

/** Reports of parts as one, which ended at the moment. */
export function reportsTogether(reports: readonly AuditReport[], at: number): AuditReport {
  const sum = (figure: (report: AuditReport) => number) =>
    reports.reduce((total, report) => total + figure(report), 0);
  const counts = (Object.keys(invariants) as Invariant[]).map(
    (name): [Invariant, InvariantCount] => [
      name,
      {
        // A part that began before this version may not know it.
        checked: sum(({ invariants: { [name]: counted } }) => counted?.checked ?? 0),
        breaches: sum(({ invariants: { [name]: counted } }) => counted?.breaches ?? 0),
      },
    ],
  );
  return {
    v: 1,
    at: new Date(at).toISOString(),
    tenants: sum(({ tenants }) => tenants),
    ledgers: sum(({ ledgers }) => ledgers),
    unreachable: reports.flatMap(({ unreachable }) => unreachable),
    invariants: Object.fromEntries(counts) as Record<Invariant, InvariantCount>,
    breaches: reports.flatMap(({ breaches }) => breaches).slice(0, limits.auditBreachesMax),
    cursor: null,
  };
}
