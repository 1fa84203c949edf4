import {
  WorkerEntrypoint,
  WorkflowEntrypoint,
  type WorkflowEvent,
  type WorkflowStep,
} from "cloudflare:workers";
import type { AuditReport, AuditRequest, Audits } from "../../core/billing/audit-report.ts";
import type {
  CreditedMonth,
  CreditedStatement,
  CreditNoteRequest,
} from "../../core/billing/credit-note.ts";
import type { GroupedUsage, GroupedUsageAsked } from "../../core/billing/grouped-usage.ts";
import type { RollUpAsked, RollUpSummary } from "../../core/billing/roll-up-summary.ts";
import { creditChain } from "../../core/books/credit-note.ts";
import type { PublicKeys } from "../../core/books/signature.ts";
import type {
  MonthLog,
  ProvenHead,
  ProvenHour,
  SignedHead,
} from "../../core/books/transparency.ts";
import { bound, picturesBinding } from "../../core/fleet/bindings.ts";
import { expectConfigured } from "../../core/fleet/configuration.ts";
import { figuresNames, placedFigures } from "../../core/fleet/placed-figures.ts";
import { placedLedger } from "../../core/fleet/placed-ledger.ts";
import type { Month } from "../../core/ledger/usage.ts";
import type { By } from "../../durable-objects/directory/trail.ts";
import { audit, readAudits } from "./audit/audit.ts";
import type { AuditPorts } from "./audit/ports.ts";
import { auditPart, planAudits, type AuditPart } from "./audit/scheduled-audit.ts";
import { BooksStore } from "./books-store.ts";
import {
  creditedStatement,
  issueCreditNote,
  writeUnwritten,
  type CreditRegister,
} from "./credits/credit-notes.ts";
import type { BillingEnv } from "./env.ts";
import { stored } from "./json-store.ts";
import { groupedUsage } from "./rows/grouped-days.ts";
import type { RollUpPorts, Step } from "./ports.ts";
import { recordedRow, type RecordedRow } from "./recorded-row.ts";
import { rollUpNext, rollUpOne } from "./roll-up.ts";
import { serviceMetrics } from "./metrics/service-metrics.ts";
import { planRollUp, readNews, rollUpPart, type RollUpPart } from "./scheduled-roll-up.ts";
import { ledgersInBooks } from "./tenant-ledgers.ts";
import { startParts } from "./start-parts.ts";
import { KeyRing } from "../../core/books/key-ring.ts";
import { logHour } from "./witness/log-hour.ts";
import { proveHeads, proveHour } from "./witness/prove.ts";
import { WitnessStore } from "./witness/witness-store.ts";

/** The books: usage segments become statements, four times an hour by the clock and at any time on demand. */
export default {
  async scheduled({ scheduledTime }, env) {
    const ports = portsOf(env);
    const news = await readNews(ports.store, ports.now());
    const parts = await planRollUp(ports, news);
    await startParts(env.ROLL_UP, new Date(scheduledTime).toISOString(), parts);
    await startAudits(env, news.keys());
    await writeUnwritten(ports, registerOf(env));
    // After that: an hour of half a million heads takes minutes to sign.
    await logLastHour(ports);
  },
} satisfies ExportedHandler<BillingEnv>;

/** One part of a scheduled roll-up. What a crash cuts off goes on at the step that had not ended. */
export class RollUp extends WorkflowEntrypoint<BillingEnv, RollUpPart> {
  override async run(
    { payload, instanceId }: Readonly<WorkflowEvent<RollUpPart>>,
    step: WorkflowStep,
  ): Promise<RollUpSummary> {
    const run = stepsOf(step);
    const { summary, rest } = await rollUpPart(portsOf(this.env), payload, run);
    if (rest) await run("go on", () => startParts(this.env.ROLL_UP, `${instanceId}-rest`, [rest]));
    console.log({ event: "rolled-up", ...summary });
    return summary;
  }
}

/** One part of an audit by the clock. */
export class Audit extends WorkflowEntrypoint<BillingEnv, AuditPart> {
  override async run(
    { payload: part, instanceId: id }: Readonly<WorkflowEvent<AuditPart>>,
    step: WorkflowStep,
  ): Promise<void> {
    const run = stepsOf(step);
    const ports = auditPortsOf(this.env);
    const { report, rest } = await auditPart(ports, this.env.BOOKS, { id, part }, run);
    if (rest) await run("go on", () => startParts(this.env.AUDIT, `${id}-rest`, [rest]));
    const { tenants, ledgers, unreachable, breaches } = report;
    const counts = { unreachable: unreachable.length, breaches: breaches.length };
    console.log({ event: "audited", tenants, ledgers, ...counts });
  }
}

const stepsOf =
  (step: WorkflowStep): Step =>
  (name, work) =>
    step.do(name, work as () => Promise<never>);

/** What the API Worker may call. */
export class Books extends WorkerEntrypoint<BillingEnv> {
  /** With its credit notes. Null when the tenant has no statement for the month. */
  statement(tenant: string, month: Month): Promise<CreditedStatement | null> {
    return creditedStatement(new BooksStore(this.env.BOOKS), tenant, month);
  }

  /** Gives the statement with its notes. Null while the deployment has no keys for the witness. */
  async issueCreditNote(asked: CreditedMonth & CreditNoteRequest, by: By) {
    if (this.publicKeys() === null) return null;
    return issueCreditNote(portsOf(this.env), registerOf(this.env, by), asked);
  }

  /** The sealed bytes; null when there is no such segment. */
  segment(ledger: string, number: number): Promise<Uint8Array | null> {
    return new BooksStore(this.env.BOOKS).segment(ledger, number);
  }

  /** Null while the deployment has no keys for the witness. */
  async rollUp({ preview, tenant, again = false }: RollUpAsked): Promise<RollUpSummary | null> {
    if (this.publicKeys() === null) return null;
    const ports = portsOf(this.env);
    await logLastHour(ports);
    if (!tenant) return rollUpNext(ports, { preview });
    return rollUpOne(ports, tenant, { preview, again });
  }

  /** A tenant's usage by key or format. */
  groupedUsage(tenant: string, asked: GroupedUsageAsked): Promise<GroupedUsage> {
    const { FLEET: fleet, BOOKS } = this.env;
    return groupedUsage({ fleet, store: new BooksStore(BOOKS) }, tenant, asked);
  }

  /** Null while the deployment has no keys for the witness. */
  async audit(request: AuditRequest): Promise<AuditReport | null> {
    return this.publicKeys() && audit(auditPortsOf(this.env), this.env.BOOKS, request);
  }

  /** What the auditor found last, and what stands. */
  audits(): Promise<Audits> {
    return readAudits(this.env.BOOKS, Date.now());
  }

  /** In Prometheus's text format. */
  metrics(): Promise<string> {
    return serviceMetrics({
      fleet: this.env.FLEET,
      bucket: this.env.BOOKS,
      figures: (region) =>
        figuresNames(region).map(async (name) => placedFigures(this.env, region, name).snapshot()),
      now: () => Date.now(),
    });
  }

  /** Null while the deployment has no keys for the witness. */
  publicKeys(): PublicKeys | null {
    try {
      return new KeyRing(this.env.WITNESS_KEYS).publicKeys;
    } catch (cause) {
      console.error({ event: "misconfigured", cause: String(cause) });
      return null;
    }
  }

  /** Null when nothing was logged in the month. */
  async monthLog(month: Month): Promise<MonthLog | null> {
    return (await new WitnessStore(this.env.BOOKS).log(month)).value;
  }

  /** Null when one of the hours is not in the log of the month of `hour`. */
  loggedHour(hour: string, since: string | null): Promise<ProvenHour | null> {
    return proveHour(new WitnessStore(this.env.BOOKS), hour, since);
  }

  /** The tenant's heads in the log of an hour. */
  loggedHeads(tenant: string, hour: string): Promise<ProvenHead[]> {
    return proveHeads(new WitnessStore(this.env.BOOKS), tenant, hour);
  }

  /** A record by its number. `pending`: it is in no segment that the books have read; `missing`: it should be. */
  recorded(ledger: string, sequence: number): Promise<RecordedRow | "pending" | "missing"> {
    const { store, witnessStore } = portsOf(this.env);
    return recordedRow({ store, witnessStore }, ledger, sequence);
  }

  /**
   * The newest head of each of the tenant's ledgers, and of a month's credit notes, whether it is logged already or
   * not.
   */
  async heads(tenant: string, month: Month | null = null): Promise<SignedHead[]> {
    const store = new WitnessStore(this.env.BOOKS);
    const ledgers = await ledgersInBooks(
      { fleet: this.env.FLEET, store: new BooksStore(this.env.BOOKS) },
      tenant,
    );
    const chains = month === null ? ledgers : [...ledgers, creditChain(tenant, month)];
    const heads = await Promise.all(chains.map((chain) => store.head(chain)));
    return heads.flatMap(({ value }) => (value ? [value] : []));
  }
}

/** A log that fails holds up no statement; the next run logs the hour. */
async function logLastHour(ports: RollUpPorts): Promise<void> {
  try {
    const heads = await logHour(ports);
    if (heads > 0) console.log({ event: "heads-logged", heads });
  } catch (cause) {
    console.error({ event: "heads-not-logged", cause: String(cause) });
  }
}

/** Audits that could not be planned are planned by the next run: news is there for an hour. */
async function startAudits(env: BillingEnv, news: Iterable<string>): Promise<void> {
  try {
    const plan = await planAudits(auditPortsOf(env), env.BOOKS, news);
    const [first] = plan?.parts ?? [];
    if (first) await startParts(env.AUDIT, new Date(first.run).toISOString(), plan?.parts ?? []);
    console.log({ event: "audits-planned", parts: plan?.parts.length ?? 0, ...plan?.harvest });
  } catch (cause) {
    console.error({ event: "not-audited", cause: String(cause) });
  }
}

/** Credit notes in the Directory. */
function registerOf(env: BillingEnv, by: By = { actor: "billing", from: null }): CreditRegister {
  const directory = () => env.DIRECTORY.getByName("directory");
  return {
    issueCreditNote: (asked, totalMicros) => directory().issueCreditNote(asked, totalMicros, by),
    unwrittenCreditNotes: () => directory().unwrittenCreditNotes(),
    creditNotesWritten: (...given) => directory().creditNotesWritten(...given),
  };
}

function auditPortsOf(env: BillingEnv): AuditPorts {
  const ledgerOf = (name: string) => placedLedger(env, name);
  return {
    ...portsOf(env),
    listJobs: (ledger, cursor, limit) => ledgerOf(ledger).list(cursor, limit),
    job: (ledger, id) => ledgerOf(ledger).wait(id, 0),
    balance: (ledger) => ledgerOf(ledger).balance(),
    enterBreaches: (tenant, breaches) =>
      env.DIRECTORY.getByName("directory").enterBreaches(tenant, breaches),
    creditNotes: (tenant) => env.DIRECTORY.getByName("directory").creditNotes(tenant),
    counters: async (ledger, from, to) => (await ledgerOf(ledger).usage(from, to)).hours,
    listPictures: ({ region, ...options }) => bound(env, picturesBinding(region)).list(options),
  };
}

function portsOf(env: BillingEnv): RollUpPorts {
  expectConfigured(env, "billing");
  return {
    fleet: env.FLEET,
    store: new BooksStore(env.BOOKS),
    witnessStore: new WitnessStore(env.BOOKS),
    witness: new KeyRing(env.WITNESS_KEYS),
    now: () => Date.now(),
    listTenantIds: (page) => env.DIRECTORY.getByName("directory").listTenantIds(page),
    seal: (ledger) => placedLedger(env, ledger).seal(),
    putRows: async (key, text) => {
      const options = { httpMetadata: { contentType: "application/gzip" } };
      await stored(env.BOOKS.put(key, await gzip(text), options));
    },
  };
}

/** All of it at once, since R2 needs the length. */
function gzip(text: string): Promise<ArrayBuffer> {
  const compressed = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Response(compressed).arrayBuffer();
}
