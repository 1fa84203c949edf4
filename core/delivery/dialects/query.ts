import { unreadable, type Unreadable } from "../asked.ts";
import { ok, type Result } from "../../result.ts";

/**
 * The parameters of a query, each at most once: of two, one client's cache might see the first and
 * another's the second.
 */
export function readQuery(query: string): Result<Map<string, string>, Unreadable> {
  const values = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    if (values.has(name)) return unreadable(name, `${JSON.stringify(name)} is given twice.`);
    values.set(name, value);
  }
  return ok(values);
}
