import { Tally, type Breach } from "../../../core/billing/audit-report.ts";
import { inTime } from "../../../core/deadline.ts";
import { isTerminal, type Job } from "../../../core/job/job.ts";
import { limits } from "../../../core/limits.ts";
import { ledgersNow } from "../tenant-ledgers.ts";
import { witnessedHead } from "../witness/sign-head.ts";
import { checkBalance } from "./check-balance.ts";
import { checkCreditNotes } from "./check-credit-notes.ts";
import { checkJobs } from "./check-jobs.ts";
import { checkPictures } from "./check-pictures.ts";
import { checkCounters, checkStatement, isComparable } from "./check-sums.ts";
import type { AuditPorts } from "./ports.ts";
import { noRecords, readRecords } from "./read-records.ts";

/** How many windows of `limits.pageSizeMax` jobs are looked at, the newest of each ledger first. */
export interface AuditDepth {
  readonly windowsOfLedger: number;
  readonly windowsOfTenant: number;
}

export const byTheClock: AuditDepth = {
  windowsOfLedger: limits.auditWindowsMax,
  windowsOfTenant: limits.auditTenantWindowsMax,
};

export const onDemand: AuditDepth = {
  windowsOfLedger: limits.auditWindowsOnDemandMax,
  windowsOfTenant: limits.auditWindowsOnDemandMax,
};

export interface TenantAudit {
  readonly tally: Tally;
  readonly ledgers: number;
  /** Ledgers that could not be looked at; the tenant, where not even these are known. */
  readonly unreachable: readonly string[];
  /** How much of what an audit may do it took (`limits.auditCostMax`). */
  readonly cost: number;
}

/**
 * Holds one tenant's ledgers, records, statements and pictures to each other. Everything is read in an order in which
 * work that goes on meanwhile breaks no invariant, and what a job breaks is checked again before it is reported.
 * Never throws: what cannot be read is named, and delays no other tenant.
 */
export async function auditTenant(
  ports: AuditPorts,
  tenant: string,
  depth: AuditDepth,
): Promise<TenantAudit> {
  const begun = ports.now();
  const tally = new Tally();
  let ledgers: readonly string[];
  try {
    ledgers = await ledgersNow(ports, tenant);
  } catch (cause) {
    console.error({ event: "tenant-not-audited", tenant, cause: String(cause) });
    return { tally, ledgers: 0, unreachable: [tenant], cost: limits.auditWindowCost };
  }
  const unreachable: string[] = [];
  const windowsEach = Math.min(
    depth.windowsOfLedger,
    Math.max(1, Math.floor(depth.windowsOfTenant / ledgers.length)),
  );
  let cost = 0;
  for (const ledger of ledgers) {
    if (ports.now() - begun > limits.auditTenantMillisMax) {
      unreachable.push(ledger);
      continue;
    }
    const own = new Tally();
    try {
      cost += await auditLedger(ports, ledger, windowsEach, own);
      tally.add(own);
    } catch (cause) {
      console.error({ event: "ledger-not-audited", ledger, cause: String(cause) });
      unreachable.push(ledger);
    }
  }
  try {
    await auditStatements(ports, tenant, ledgers, tally);
    await checkCreditNotes(ports, tenant, tally);
  } catch (cause) {
    console.error({ event: "statements-not-audited", tenant, cause: String(cause) });
    unreachable.push(...ledgers.filter((ledger) => !unreachable.includes(ledger)));
  }
  return { tally, ledgers: ledgers.length, unreachable, cost };
}

/** Gives what it cost. */
async function auditLedger(
  ports: AuditPorts,
  ledger: string,
  windowsMax: number,
  tally: Tally,
): Promise<number> {
  const found = new Tally();
  let cursor: string | null = null;
  let cost = 0;
  for (let window = 0; window < windowsMax; window++) {
    const jobs: readonly Job[] = await ports.listJobs(ledger, cursor, limits.pageSizeMax);
    cost += await auditWindow(ports, { ledger, jobs, before: cursor }, found);
    cursor = jobs.at(-1)?.id ?? null;
    if (jobs.length < limits.pageSizeMax) break;
  }
  // After the pictures: those that are missing are gone with their tenant if it says so by now.
  const balance = await ports.balance(ledger);
  if (balance !== null) checkBalance(ledger, balance, found);
  const { value: checkpoint } = await ports.store.checkpoint(ledger);
  if (checkpoint) await checkCounters(ports, checkpoint, ports.now(), found);
  const confirmed = new Tally();
  for (const breach of found.breaches.slice(0, limits.auditBreachesMax)) {
    cost += 1;
    const isRemoved = breach.invariant === "done-pictures-are-there" && balance?.deleted;
    if (!isRemoved && (await isConfirmed(ports, breach))) confirmed.breaches.push(breach);
  }
  found.breaches.length = 0;
  tally.add(found);
  tally.add(confirmed);
  return cost;
}

/** The jobs first, then what they left: whatever ended before the list is in the records after `seal`. */
async function auditWindow(
  ports: AuditPorts,
  { ledger, jobs, before }: { ledger: string; jobs: readonly Job[]; before: string | null },
  tally: Tally,
): Promise<number> {
  const isNewest = before === null;
  const head = await witnessedHead(ports, ledger);
  tally.expect(head.ok, {
    invariant: "records-are-witnessed",
    ledger,
    subject: "head",
    detail: "the stored head has no signature of the witness",
  });
  const watermark = await inTime(globalThis, limits.sealMillisMax, ports.seal(ledger));
  const { incarnation = 1 } = watermark;
  const settled = jobs.flatMap(({ settledAt }) => settledAt ?? []);
  // What a restored ledger does again is recorded where it was done first.
  const recorded =
    incarnation > 1 ? jobs.map(({ createdAt }) => createdAt - limits.auditSlackMillis) : settled;
  const task = {
    ledger,
    jobs: new Set(jobs.map(({ id }) => id)),
    watermark,
    head: head.ok && isNewest ? head.value.value : null,
    from: Math.min(...recorded, ports.now()),
    to: Math.max(...settled, 0),
  };
  const isAsked = settled.length > 0 || isNewest;
  const records = isAsked ? await readRecords(ports, task, tally) : noRecords;
  checkJobs({ ledger, jobs, incarnation, now: ports.now() }, records, tally);
  const isOldest = jobs.length < limits.pageSizeMax;
  await checkPictures(ports, { ledger, jobs, before, isOldest, now: ports.now() }, tally);
  return limits.auditWindowCost + records.reads;
}

/** A job may have been deleted or have ended while it was looked at. */
async function isConfirmed(
  ports: AuditPorts,
  { invariant, ledger, subject }: Breach,
): Promise<boolean> {
  if (!subject.startsWith("job_")) return true;
  const job = await ports.job(ledger, subject);
  if (invariant === "pictures-have-a-job") return job === null;
  if (invariant === "messages-are-taken-waiting-or-dead") return job?.status === "accepted";
  if (invariant === "nothing-open-past-its-deadline")
    return job !== null && !isTerminal(job.status);
  return job !== null;
}

/** Statements of the months that the books know. They are read before the checkpoints that they are held to. */
async function auditStatements(
  ports: AuditPorts,
  tenant: string,
  ledgers: readonly string[],
  tally: Tally,
): Promise<void> {
  const { store } = ports;
  const read = () => Promise.all(ledgers.map((ledger) => store.checkpoint(ledger)));
  const before = await read();
  const months = new Set(
    before.flatMap(({ value }) => [
      ...(value?.openMonths ?? []),
      ...(value?.closedMonths ?? []).map(({ month }) => month).slice(-1),
    ]),
  );
  const found = await Promise.all([...months].map((month) => store.statement(tenant, month)));
  const statements = found.filter((statement) => statement !== null);
  // Where a roll-up has read more or closed a month meanwhile, the next audit compares what it writes.
  const unchanged = (await read()).flatMap(({ value, version }, index) =>
    value && version === before[index]?.version ? [value] : [],
  );
  for (const statement of statements) {
    const compared = [];
    for (const checkpoint of unchanged) {
      if (await isComparable(ports, statement, checkpoint, tally)) compared.push(checkpoint);
    }
    checkStatement(statement, compared, tally);
  }
}
