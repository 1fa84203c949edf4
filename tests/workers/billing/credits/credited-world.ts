import type { CreditNoteRequest } from "../../../../core/billing/credit-note.ts";
import type { Month } from "../../../../core/ledger/usage.ts";
import { SqliteStorage } from "../../../../simulator/sqlite-storage.ts";
import {
  issueCreditNote,
  type CreditRegister,
} from "../../../../workers/billing/credits/credit-notes.ts";
import { DirectoryWorld } from "../../../durable-objects/directory/directory-world.ts";
import type { MemoryWorld } from "../memory-books.ts";

/** The Directory over SQLite, with these tenants. */
export function registerFor(tenants: readonly string[]) {
  const storage = new SqliteStorage();
  const directory = new DirectoryWorld(storage);
  for (const id of tenants) {
    storage.sql.exec(
      `INSERT INTO tenants (id, name, limits, created_at) VALUES (?, 'A', '{}', 0)`,
      id,
    );
  }
  const { creditNotes } = directory.registry;
  const by = { actor: "opr_1", from: null };
  const register: CreditRegister = {
    issueCreditNote: async (asked, totalMicros) => creditNotes.issue(asked, totalMicros, by),
    unwrittenCreditNotes: async () => creditNotes.unwritten(),
    creditNotesWritten: async (...given) => creditNotes.written(...given),
  };
  return { directory, storage, register, creditNotes };
}

export const credit = (
  world: MemoryWorld,
  register: CreditRegister,
  asked: { tenant: string; month: Month; reference: string } & CreditNoteRequest,
) => issueCreditNote(world, register, asked);
