import { describe, expect, test } from "vitest";
import {
  compareHeads,
  hourName,
  lastTree,
  type Head,
  type LoggedHour,
} from "../../../core/books/transparency.ts";

const head = (ledger: string, number: number, hash: string): Head => ({
  ...{ ledger, number, hash, events: 0, at: 0 },
});

test("heads are in one order, whatever order they come in: by ledger, number and hash", () => {
  const ordered = [
    head("a", 2, "b"),
    head("a", 10, "a"),
    head("a", 10, "c"),
    head("b", 1, "a"),
    head("b", 3, "0"),
  ];
  expect(ordered.toReversed().toSorted(compareHeads)).toEqual(ordered);
  expect([...ordered.slice(2), ...ordered.slice(0, 2)].toSorted(compareHeads)).toEqual(ordered);
  for (const each of ordered) expect(compareHeads(each, { ...each })).toBe(0);
  expect(compareHeads(head("a", 1, "a"), head("a", 1, "b"))).toBe(-1);
  expect(compareHeads(head("a", 1, "b"), head("a", 1, "a"))).toBe(1);
});

describe("a month's tree begins", () => {
  const previous = { hour: "2026-10-31T23", size: 9, root: "aa" };
  const logged = { hour: "2026-11-01T00", size: 2, root: "bb", heads: 3 } as LoggedHour;

  test("after the last hour of the month before, or where that one began", () => {
    const month = { v: 1, month: "2026-11", previous } as const;
    expect(lastTree({ ...month, hours: [logged] })).toEqual({
      ...{ hour: "2026-11-01T00", size: 2, root: "bb" },
    });
    expect(lastTree({ ...month, hours: [] })).toEqual(previous);
  });

  test("in UTC", () => {
    expect(hourName(Date.UTC(2026, 10, 1, 0, 59))).toBe("2026-11-01T00");
  });
});
