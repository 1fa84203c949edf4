import {
  WorkerEntrypoint,
  WorkflowEntrypoint,
  type WorkflowEvent,
  type WorkflowStep,
} from "cloudflare:workers";
import type { RollUpSummary } from "../../core/billing/roll-up-summary.ts";
import type { Statement } from "../../core/billing/statement.ts";
import type { Month } from "../../core/ledger/usage.ts";
import { BooksStore } from "./books-store.ts";
import type { BillingEnv } from "./env.ts";
import type { RollUpPorts } from "./ports.ts";
import { rollUpNext } from "./roll-up.ts";
import { planRollUp, rollUpPart, type RollUpPart } from "./scheduled-roll-up.ts";
import { startParts } from "./start-parts.ts";

/** The books: usage segments become statements, four times an hour by the clock and at any time on demand. */
export default {
  async scheduled({ scheduledTime }, env) {
    const parts = await planRollUp(portsOf(env));
    await startParts(env.ROLL_UP, new Date(scheduledTime).toISOString(), parts);
  },
} satisfies ExportedHandler<BillingEnv>;

/** One part of a scheduled roll-up. What a crash cuts off goes on at the step that had not ended. */
export class RollUp extends WorkflowEntrypoint<BillingEnv, RollUpPart> {
  override async run(
    { payload, instanceId }: Readonly<WorkflowEvent<RollUpPart>>,
    step: WorkflowStep,
  ): Promise<RollUpSummary> {
    const run = <Value>(name: string, work: () => Promise<Value>) =>
      step.do(name, work as () => Promise<never>) as Promise<Value>;
    const { summary, rest } = await rollUpPart(portsOf(this.env), payload, run);
    if (rest) await run("go on", () => startParts(this.env.ROLL_UP, `${instanceId}-rest`, [rest]));
    console.log({ event: "rolled-up", ...summary });
    return summary;
  }
}

/** What the front door may ask. */
export class Books extends WorkerEntrypoint<BillingEnv> {
  /** Null when the tenant has no statement for the month. */
  statement(tenant: string, month: Month): Promise<Statement | null> {
    return new BooksStore(this.env.BOOKS).statement(tenant, month);
  }

  /** The sealed bytes; null when there is no such segment. */
  segment(ledger: string, number: number): Promise<Uint8Array | null> {
    return new BooksStore(this.env.BOOKS).segment(ledger, number);
  }

  rollUp(options: { readonly preview: boolean }): Promise<RollUpSummary> {
    return rollUpNext(portsOf(this.env), options);
  }
}

function portsOf(env: BillingEnv): RollUpPorts {
  return {
    region: env.REGION,
    store: new BooksStore(env.BOOKS),
    now: () => Date.now(),
    listTenantIds: (page) => env.DIRECTORY.getByName("directory").listTenantIds(page),
    seal: (ledger) => env.LEDGER.getByName(ledger).seal(),
  };
}
