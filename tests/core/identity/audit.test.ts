import { expect, test } from "vitest";
import {
  chainEntry,
  firstBreak,
  noPrevious,
  type AuditEntry,
} from "../../../core/identity/audit.ts";

/** A whole chain whose first entry has this number. */
function chain(length: number, first = 1, previous = noPrevious): AuditEntry[] {
  const entries: AuditEntry[] = [];
  for (let number = first; number < first + length; number++) {
    const entry = chainEntry({
      number,
      at: 1000 * number,
      actor: "opr_a",
      action: "tenant.create",
      subject: "tnt_a",
      tenant: null,
      before: null,
      after: { name: `tenant ${number}` },
      from: "192.0.2.1",
      previous: entries.at(-1)?.hash ?? previous,
    });
    entries.push(entry);
  }
  return entries;
}

test("a chain is whole from its first entry, and from any later one with the hash before it", () => {
  const whole = chain(4);
  expect(firstBreak(whole, noPrevious)).toBeNull();
  expect(firstBreak(whole.slice(2), whole[1]?.hash ?? "")).toBeNull();
  expect(firstBreak([], noPrevious)).toBeNull();
});

test("the first entry has to follow the hash that is known", () => {
  expect(firstBreak(chain(2), "f".repeat(64))).toBe(1);
});

test("one left out is noticed at the next, also where the hashes would go on", () => {
  const whole = chain(4);
  expect(firstBreak([...whole.slice(0, 1), ...whole.slice(2)], noPrevious)).toBe(3);
  const [first] = chain(1);
  const later = chain(2, 3, first?.hash);
  expect(firstBreak([...chain(1), ...later], noPrevious)).toBe(3);
});

test.each<keyof AuditEntry>([
  ...(["at", "actor", "action", "subject", "tenant"] as const),
  ...(["before", "after", "from", "hash"] as const),
])("a changed %s is noticed", (field) => {
  const [first, second, third] = chain(3);
  if (!first || !second || !third) throw new Error("three entries were asked for");
  const changed = { ...second, [field]: "something else" };
  expect(firstBreak([first, changed, third], noPrevious)).toBe(2);
});

test("a first entry is whole only with everything in it", () => {
  const [entry] = chain(1);
  if (!entry) throw new Error("an entry was asked for");
  expect(firstBreak([{ ...entry, number: 2 }], noPrevious)).toBe(2);
});
