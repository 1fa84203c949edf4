import type { StoredObject } from "../platform/bucket.ts";
import type { Record } from "./record.ts";

/** Called after each put of the books: what is final stays as it is, to the byte. */
export function watchStatements(
  record: Record,
  key: string,
  before: StoredObject | undefined,
  after: StoredObject,
): void {
  if (!before || !/^(final-)?statements\//.test(key)) return;
  const [old, now] = [before, after].map(({ bytes }) => new TextDecoder().decode(bytes));
  if (old === undefined || old === now) return;
  const { status } = JSON.parse(old) as { status?: string };
  if (status === "final")
    record.violate("final-statements-never-change", `${key}: ${old} became ${now}`);
}
