import type { Fleet } from "../../core/fleet/topology.ts";
import type { Watermark } from "../../core/ledger/segment.ts";
import type { BooksStore } from "./books-store.ts";
import type { LogPorts } from "./witness/log-ports.ts";

/** Everything outside that a roll-up calls. */
export interface RollUpPorts extends LogPorts {
  readonly fleet: Pick<Fleet, "regions">;
  readonly store: BooksStore;
  listTenantIds(page: {
    cursor: string | null;
    limit: number;
  }): Promise<{ readonly ids: readonly string[]; readonly cursor: string | null }>;
  /** Has the ledger store all it holds. */
  seal(ledger: string): Promise<Watermark>;
  /** Stores text under the key, compressed by gzip, whatever is there. */
  readonly putRows: (key: string, text: string) => Promise<void>;
}

/**
 * Runs one part of a roll-up under a name that is unique in it. A Workflow keeps the result, so that what
 * goes on after a crash repeats only the part that had not ended; elsewhere it just runs.
 */
export type Step = <Value>(name: string, work: () => Promise<Value>) => Promise<Value>;
