import {
  invariants,
  type AuditReport,
  type Breach,
  type Invariant,
} from "../core/billing/audit-report.ts";
import { runCommand } from "./command.ts";
import { askService } from "./local/running-service.ts";
import { ServiceRefusal } from "./local/service-client.ts";
import { readArguments, stage, table } from "./terminal.ts";

const usage = `npm run audit [-- --json]

Compares every tenant's ledgers, records, statements and pictures. Exit code 1 if an invariant is broken or
a ledger was not reached.
The service is the one that npm start runs here; MINILAB_URL and MINILAB_TOKEN name another.`;

interface WholeAudit {
  readonly tenants: number;
  readonly ledgers: number;
  readonly unreachable: readonly string[];
  readonly invariants: readonly { invariant: Invariant; checked: number; breaches: number }[];
  readonly breaches: readonly Breach[];
}

await runCommand(async () => {
  const { values } = readArguments(usage, {
    options: { json: { type: "boolean", default: false } },
  });
  const pages = await stage("Auditing all tenants", auditAll);
  const whole = together(pages);
  console.log(values.json ? JSON.stringify(whole) : shown(whole));
  return whole.breaches.length + whole.unreachable.length === 0 ? 0 : 1;
});

async function auditAll(say: (detail: string) => void): Promise<AuditReport[]> {
  const pages: AuditReport[] = [];
  let cursor: string | null = null;
  do {
    const query: string = cursor === null ? "" : `?cursor=${cursor}`;
    const response = await askService(`/admin/v1/invariants${query}`, { method: "POST" });
    if (!response.ok) throw new ServiceRefusal(response.status, await response.text());
    const page = (await response.json()) as AuditReport;
    pages.push(page);
    cursor = page.cursor;
    say(`${pages.reduce((sum, { tenants }) => sum + tenants, 0)}`);
  } while (cursor !== null);
  return pages;
}

function together(pages: readonly AuditReport[]): WholeAudit {
  const sum = (figure: (page: AuditReport) => number) =>
    pages.reduce((total, page) => total + figure(page), 0);
  return {
    tenants: sum(({ tenants }) => tenants),
    ledgers: sum(({ ledgers }) => ledgers),
    unreachable: pages.flatMap(({ unreachable }) => unreachable),
    invariants: (Object.keys(invariants) as Invariant[]).map((invariant) => ({
      invariant,
      checked: sum((page) => page.invariants[invariant].checked),
      breaches: sum((page) => page.invariants[invariant].breaches),
    })),
    breaches: pages.flatMap(({ breaches }) => breaches),
  };
}

function shown(whole: WholeAudit): string {
  const rows = whole.invariants.map(({ invariant, checked, breaches }) => [
    invariant,
    checked,
    breaches,
    invariants[invariant],
  ]);
  const named = whole.breaches.map(
    ({ invariant, ledger, subject, detail }) => `${invariant}  ${ledger}  ${subject}: ${detail}`,
  );
  const missed = whole.unreachable.map((ledger) => `${ledger} could not be looked at`);
  return [
    table(["invariant", "checked", "breaches", "what must hold"], rows),
    ...named,
    ...missed,
  ].join("\n");
}
