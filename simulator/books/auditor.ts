import type { AuditReport, Breach } from "../../core/billing/audit-report.ts";
import { audit } from "../../workers/billing/audit/audit.ts";
import {
  auditPart,
  planAudits,
  type AuditPart,
} from "../../workers/billing/audit/scheduled-audit.ts";
import type { AuditPorts } from "../../workers/billing/audit/ports.ts";
import type { RollUpPorts, Step } from "../../workers/billing/ports.ts";
import type { World } from "../world/world.ts";

/** Plans which tenants are audited now. */
export async function planOf(
  world: World,
  ports: RollUpPorts,
  news: Iterable<string>,
): Promise<readonly AuditPart[]> {
  const plan = await planAudits(auditPorts(world, ports), world.books, news);
  return plan?.parts ?? [];
}

/**
 * Runs one part of a scheduled audit, whatever faults there are, and returns what is left of it. It names what it
 * cannot reach.
 */
export async function auditSome(
  world: World,
  ports: RollUpPorts,
  named: { readonly id: string; readonly part: AuditPart },
  step: Step,
): Promise<AuditPart | null> {
  const { report, rest } = await auditPart(auditPorts(world, ports), world.books, named, step);
  judge(world, report);
  return rest;
}

/** Audits one tenant's whole history. Nothing goes wrong any more, so that everything can be looked at. */
export async function auditWhole(
  world: World,
  ports: RollUpPorts,
  tenant: string,
): Promise<AuditReport> {
  const report = await audit(auditPorts(world, ports), world.books, { tenant, cursor: null });
  judge(world, report);
  for (const ledger of report.unreachable) {
    world.record.violate("answers-when-all-is-well", `the auditor did not reach ${ledger}`);
  }
  return report;
}

/** The service keeps its invariants (other checks see to that): whatever the auditor finds is a false alarm. */
function judge(world: World, { invariants, breaches }: AuditReport): void {
  const { record } = world;
  record.audited += invariants["ended-jobs-are-billed-once"].checked;
  for (const breach of breaches.filter((each) => !isKnownToBeWeak(world, each))) {
    const { invariant, ledger, subject, detail } = breach;
    record.violate("no-false-alarm", `${invariant}, ${ledger} ${subject}: ${detail}`);
  }
}

/** What the service is known to be weak in, and the auditor right to name. */
function isKnownToBeWeak({ record, weather, workshop }: World, breach: Breach): boolean {
  const { invariant, ledger, subject } = breach;
  const tenant = ledger.split("/", 1)[0] ?? "";
  const isRestored = record.restored.has(tenant);
  // Lost, also by a ledger that was evicted before it learned that no queue took it; so late that its queue does not
  // show
  // it; or taken before its ledger was restored: until it is sent again.
  if (invariant === "messages-are-taken-waiting-or-dead") {
    const { counts } = weather;
    const hasCome = workshop.queues.some(({ jobs }) => jobs.has(subject));
    return isRestored || !hasCome || counts.has("messageLost") || counts.has("messageLate");
  }
  // Deleted, or its tenant was, and shown again by a restored ledger. Once all is quiet another check holds it to that.
  if (!isRestored || invariant !== "done-pictures-are-there") return false;
  return record.jobs.get(subject)?.deleteAsked === true || record.left.has(tenant);
}

function auditPorts({ ledgers, directory, pictures }: World, ports: RollUpPorts): AuditPorts {
  const ledgerOf = (name: string) => ledgers.getByName(name);
  return {
    ...ports,
    listJobs: (ledger, cursor, limit) => ledgerOf(ledger).list(cursor, limit),
    job: (ledger, id) => ledgerOf(ledger).wait(id, 0),
    balance: (ledger) => ledgerOf(ledger).balance(),
    enterBreaches: (tenant, breaches) =>
      directory.getByName("directory").enterBreaches(tenant, breaches),
    creditNotes: (tenant) => directory.getByName("directory").creditNotesOf(tenant),
    counters: async (ledger, from, to) => (await ledgerOf(ledger).usage(from, to)).hours,
    listPictures: (options) => pictures.list(options),
  };
}
