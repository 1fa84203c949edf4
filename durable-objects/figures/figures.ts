import { limits } from "../../core/limits.ts";
import { plusCounts, type Counts } from "../../core/metrics/counts.ts";
import {
  addedBy,
  type HourCounts,
  type LedgerReport,
  type RegionFigures,
} from "../../core/metrics/ledger-report.ts";
import { Measured, type MeasuredCounts } from "../../core/metrics/measured.ts";
import { Alarm } from "../ledger/alarm.ts";
import { atomicallyOn, type Atomically } from "../ledger/atomically.ts";
import { migrate, type Migration } from "../migrate.ts";
import type { Host } from "../ports.ts";

/**
 * Sums of what all ledgers of one region reported since the region began. Counts are exact even if reports come twice
 * or not at all, as long as each ledger reports its last hour in the end. Times are held in memory for
 * `measuresHeldMillis` before they are written.
 */
export class Figures {
  readonly #host: Host;
  readonly #atomically: Atomically;
  readonly #alarm: Alarm;
  readonly #measured: Measured;
  #counts: Counts;

  constructor(host: Host) {
    migrate(host.storage, migrations);
    this.#host = host;
    this.#atomically = atomicallyOn(host);
    this.#alarm = new Alarm(host, () => Infinity);
    this.#counts = this.#read<Counts>("counts");
    this.#measured = Measured.of({ stages: this.#read<Stages>("stages") });
  }

  /** Safe to repeat, but for the times; one that comes late changes nothing else either. */
  report(report: LedgerReport): void {
    const { ledger, stages = {} } = report;
    this.#atomically(() => {
      const known = this.#known(ledger);
      const totals = addedBy(known?.last.totals ?? null, report.totals);
      const reasons = addedBy(known?.last.reasons ?? null, report.reasons);
      const { at, open, oldestAt } = known && known.at > report.at ? known : report;
      this.#host.storage.sql.exec(
        `INSERT INTO ledgers (name, at, last, open, oldest_at) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (name) DO UPDATE SET at = excluded.at, last = excluded.last, open = excluded.open,
                                          oldest_at = excluded.oldest_at`,
        ledger,
        at,
        JSON.stringify({ totals: totals.last, reasons: reasons.last }),
        open,
        oldestAt,
      );
      this.#add(plusCounts(totals.added, reasons.added));
    });
    this.#measured.add({ stages });
    this.#alarm.setBy(this.#host.now() + limits.measuresHeldMillis);
  }

  /** Counts that no ledger has. What is reported twice counts twice. Names beyond `figureNamesMax` are left out. */
  counted(more: Counts): void {
    const known = Object.keys(this.#counts);
    const fresh = Object.keys(more).filter((name) => !known.includes(name));
    const room = Math.max(0, limits.figureNamesMax - known.length);
    const left = new Set(fresh.slice(room));
    const taken = Object.entries(more).filter(
      ([name, times]) => !left.has(name) && Number.isSafeInteger(times) && times > 0,
    );
    this.#atomically(() => this.#add(Object.fromEntries(taken)));
  }

  snapshot(): RegionFigures {
    const { open, oldestAt } = this.#host.storage.sql
      .exec<{ open: number | null; oldestAt: number | null }>(
        `SELECT SUM(open) AS open, MIN(oldest_at) AS oldestAt FROM ledgers WHERE open > 0`,
      )
      .one();
    const { stages } = this.#measured.toJSON();
    return { counts: this.#counts, open: open ?? 0, oldestAt, stages };
  }

  alarm(): Promise<void> {
    return this.#alarm.ring([() => this.#writeTimes()]);
  }

  #writeTimes(): void {
    this.#write("stages", this.#measured.toJSON().stages);
  }

  #add(more: Counts): void {
    if (Object.keys(more).length === 0) return;
    this.#counts = plusCounts(this.#counts, more);
    this.#write("counts", this.#counts);
  }

  #known(ledger: string): KnownLedger | null {
    const [row] = this.#host.storage.sql
      .exec<{ at: number; last: string; open: number; oldestAt: number | null }>(
        `SELECT at, last, open, oldest_at AS oldestAt FROM ledgers WHERE name = ?`,
        ledger,
      )
      .toArray();
    return row ? { ...row, last: JSON.parse(row.last) as LastHours } : null;
  }

  #read<Value extends object>(name: string): Value {
    const [row] = this.#host.storage.sql
      .exec<{ value: string }>(`SELECT value FROM figures WHERE name = ?`, name)
      .toArray();
    return JSON.parse(row?.value ?? "{}") as Value;
  }

  #write(name: string, value: unknown): void {
    this.#host.storage.sql.exec(
      `INSERT INTO figures (name, value) VALUES (?, ?)
       ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
      name,
      JSON.stringify(value),
    );
  }
}

interface KnownLedger extends Pick<LedgerReport, "at" | "open" | "oldestAt"> {
  readonly last: LastHours;
}

type LastHours = Readonly<Record<"totals" | "reasons", HourCounts | null>>;

type Stages = NonNullable<MeasuredCounts["stages"]>;

const migrations: readonly Migration[] = [
  [
    // `last`: LastHours, what was told last.
    `CREATE TABLE ledgers (
      name      TEXT PRIMARY KEY,
      at        INTEGER NOT NULL,
      last      TEXT NOT NULL,
      open      INTEGER NOT NULL,
      oldest_at INTEGER
    ) WITHOUT ROWID`,
    // `counts` and `stages`, as JSON.
    `CREATE TABLE figures (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID`,
  ],
];
