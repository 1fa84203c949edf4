import { WorkerEntrypoint } from "cloudflare:workers";
import type { RollUpSummary } from "../../core/billing/roll-up-summary.ts";
import type { Statement } from "../../core/billing/statement.ts";
import type { Month } from "../../core/ledger/usage.ts";
import { BooksStore } from "./books-store.ts";
import type { BillingEnv } from "./env.ts";
import type { RollUpPorts } from "./ports.ts";
import { rollUpNext } from "./roll-up.ts";

/** The books: usage segments become statements, every hour by the clock and at any time on demand. */
export default {
  async scheduled(_controller, env) {
    const summary = await rollUpNext(portsOf(env), { preview: false });
    console.log({ event: "rolled-up", ...summary });
  },
} satisfies ExportedHandler<BillingEnv>;

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
