import { describe, expect, test } from "vitest";
import { creditNoteSchema, creditReferencePattern } from "../../../core/billing/credit-note.ts";
import { limits } from "../../../core/limits.ts";

const note = { amountMicros: 1, reason: "An outage" };
const accepts = (more: object) => creditNoteSchema.safeParse({ ...note, ...more }).success;

describe("a credit note", () => {
  test.each([
    ["the smallest amount", {}],
    ["the longest reason", { reason: "x".repeat(limits.creditNoteReasonCharsMax) }],
    ["letters of any script", { reason: "Störung, 停電" }],
  ])("may have %s", (_, more) => {
    expect(accepts(more)).toBe(true);
  });

  test.each([
    ["an amount of nothing", { amountMicros: 0 }],
    ["half a micro-unit", { amountMicros: 1.5 }],
    ["a blank reason", { reason: "  " }],
    ["too long a reason", { reason: "x".repeat(limits.creditNoteReasonCharsMax + 1) }],
    ["a reason of two lines", { reason: "a\nb" }],
    ["half a character", { reason: "a\ud800b" }],
    ["an unknown field", { currency: "EUR" }],
  ])("with %s is refused", (_, more) => {
    expect(accepts(more)).toBe(false);
  });

  test("has its reason without the space around it", () => {
    expect(creditNoteSchema.parse({ ...note, reason: " An outage " })).toEqual(note);
  });
});

test("a reference is letters, digits and hyphens, up to its length, and begins with none of the hyphens", () => {
  const pattern = new RegExp(creditReferencePattern);
  const longest = "T".repeat(limits.creditNoteReferenceCharsMax);
  expect(["T-17", "7", longest].map((text) => pattern.test(text))).toEqual([true, true, true]);
  const odd = ["", "-17", "T 17", "T_17", `${longest}1`];
  expect(odd.filter((text) => pattern.test(text))).toEqual([]);
});
