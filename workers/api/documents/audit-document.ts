import * as z from "zod/mini";
import type { AuditEntry } from "../../../core/identity/audit.ts";

/** One change, as the audit trail shows it. */
export const auditEntrySchema = z
  .object({
    number: z.int(),
    at: z.iso.datetime(),
    actor: z.string(),
    action: z.string(),
    subject: z.string(),
    tenant: z.nullable(z.string()),
    before: z.unknown(),
    after: z.unknown(),
    from: z.nullable(z.string()),
    previous: z.string(),
    hash: z.string(),
  })
  .register(z.globalRegistry, { id: "AuditEntry" });

export const auditPageSchema = z.object({
  entries: z.array(auditEntrySchema),
  cursor: z.nullable(z.string()),
});

export function auditPage(entries: readonly AuditEntry[], limit: number) {
  const last = entries.length === limit ? entries.at(-1) : undefined;
  return {
    entries: entries.map((entry) => ({ ...entry, at: new Date(entry.at).toISOString() })),
    cursor: last === undefined ? null : `entry_${last.number}`,
  };
}

/** The entry number in a cursor; 0 without one. */
export const entryNumber = (cursor: string | null) => Number(cursor?.slice("entry_".length) ?? 0);
