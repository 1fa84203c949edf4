import { expect, test } from "vitest";
import type { AuditEntry } from "../../../../core/identity/audit.ts";
import { auditPage, entryNumber } from "../../../../workers/api/documents/audit-document.ts";

const entry = (number: number) => ({ number, at: 1000 }) as AuditEntry;

test("a full page goes on behind its last entry, and one that is not full is the last", () => {
  const full = auditPage([entry(3), entry(4), entry(5)], 3);
  expect(full.cursor).toBe("entry_5");
  expect(full.entries).toEqual(
    [3, 4, 5].map((number) => ({ number, at: "1970-01-01T00:00:01.000Z" })),
  );
  expect(entryNumber(full.cursor)).toBe(5);
  expect(auditPage([entry(4)], 2).cursor).toBeNull();
  expect(auditPage([], 0).cursor).toBeNull();
  expect(entryNumber(null)).toBe(0);
});
