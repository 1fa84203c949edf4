import { Tally, type Breach } from "../../../core/billing/audit-report.ts";
import type { Checkpoint } from "../../../core/billing/checkpoint.ts";
import { inTime } from "../../../core/deadline.ts";
import { isTerminal, type Job } from "../../../core/job/job.ts";
import { limits } from "../../../core/limits.ts";
import { ledgersNow } from "../tenant-ledgers.ts";
import { witnessedHead } from "../witness/sign-head.ts";
import { checkBalance } from "./check-balance.ts";
import { checkJobs } from "./check-jobs.ts";
import { checkPictures } from "./check-pictures.ts";
import { checkCounters, checkStatements } from "./check-sums.ts";
import type { AuditPorts } from "./ports.ts";
import { readRecords } from "./read-records.ts";

export interface TenantAudit {
  readonly tally: Tally;
  readonly ledgers: number;
  /** Ledgers that could not be looked at. */
  readonly unreachable: readonly string[];
}

/**
 * Holds one tenant's ledgers, records, statements and pictures to each other. Everything is read in such an order
 * that honest work in the meantime breaks nothing, and what a job breaks is asked again before it is said.
 * `windowsMax`: of 100 jobs of a ledger, the newest first.
 */
export async function auditTenant(
  ports: AuditPorts,
  tenant: string,
  windowsMax: number,
): Promise<TenantAudit> {
  const ledgers = await ledgersNow(ports, tenant);
  const tally = new Tally();
  const unreachable: string[] = [];
  for (const ledger of ledgers) {
    const own = new Tally();
    try {
      await auditLedger(ports, ledger, windowsMax, own);
      tally.add(own);
    } catch (cause) {
      console.error({ event: "ledger-not-audited", ledger, cause: String(cause) });
      unreachable.push(ledger);
    }
  }
  try {
    await auditStatements(ports, tenant, ledgers, tally);
  } catch (cause) {
    console.error({ event: "statements-not-audited", tenant, cause: String(cause) });
    unreachable.push(...ledgers.filter((ledger) => !unreachable.includes(ledger)));
  }
  return { tally, ledgers: ledgers.length, unreachable };
}

async function auditLedger(
  ports: AuditPorts,
  ledger: string,
  windowsMax: number,
  tally: Tally,
): Promise<void> {
  const found = new Tally();
  let cursor: string | null = null;
  for (let window = 0; window < windowsMax; window++) {
    const jobs: readonly Job[] = await ports.listJobs(ledger, cursor, limits.pageSizeMax);
    await auditWindow(ports, { ledger, jobs, isNewest: cursor === null }, found);
    cursor = jobs.at(-1)?.id ?? null;
    if (cursor === null || jobs.length < limits.pageSizeMax) break;
  }
  await checkBalance(ports, ledger, found);
  const { value: checkpoint } = await ports.store.checkpoint(ledger);
  if (checkpoint) await checkCounters(ports, checkpoint, ports.now(), found);
  const confirmed = new Tally();
  for (const breach of found.breaches) {
    if (await isConfirmed(ports, breach)) confirmed.breaches.push(breach);
  }
  found.breaches.length = 0;
  tally.add(found);
  tally.add(confirmed);
}

/** The jobs first, then what they left: whatever ended before the list is in the records after `seal`. */
async function auditWindow(
  ports: AuditPorts,
  { ledger, jobs, isNewest }: { ledger: string; jobs: readonly Job[]; isNewest: boolean },
  tally: Tally,
): Promise<void> {
  const head = await witnessedHead(ports, ledger);
  tally.expect(head.ok, {
    invariant: "records-are-witnessed",
    ledger,
    subject: "head",
    detail: "the stored head has no signature of the witness",
  });
  const watermark = await inTime(globalThis, limits.sealMillisMax, ports.seal(ledger));
  const settled = jobs.flatMap(({ settledAt }) => settledAt ?? []);
  if (settled.length > 0 || isNewest) {
    const task = {
      ledger,
      watermark,
      head: head.ok && isNewest ? head.value.value : null,
      from: Math.min(...settled, ports.now()),
      to: Math.max(...settled, 0),
    };
    checkJobs(ledger, jobs, await readRecords(ports, task, tally), ports.now(), tally);
  }
  await checkPictures(ports, { ledger, jobs, isNewest, now: ports.now() }, tally);
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
  { store }: AuditPorts,
  tenant: string,
  ledgers: readonly string[],
  tally: Tally,
): Promise<void> {
  const read = async (): Promise<Checkpoint[]> =>
    (await Promise.all(ledgers.map((ledger) => store.checkpoint(ledger)))).flatMap(
      ({ value }) => value ?? [],
    );
  const known = await read();
  const months = new Set(
    known.flatMap(({ openMonths, closedMonths }) => [
      ...openMonths,
      ...closedMonths.map(({ month }) => month).slice(-1),
    ]),
  );
  const statements = await Promise.all([...months].map((month) => store.statement(tenant, month)));
  checkStatements(
    statements.filter((statement) => statement !== null),
    await read(),
    tally,
  );
}
