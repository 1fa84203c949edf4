import { expect, test } from "vitest";
import { traceFrom, traceParent } from "../../core/trace.ts";

const id = "0af7651916cd43dd8448eb211c80319c";
const parent = "b7ad6b7169203331";
const sevens = (length: number) => new Uint8Array(length).fill(0x77);
const begun = { id: "77".repeat(16), span: "77".repeat(8), flags: "01" };

test.each([
  ["as it is today", `00-${id}-${parent}-01`, "01"],
  ["that nobody records", `00-${id}-${parent}-00`, "00"],
  ["of a later version, which says more", `01-${id}-${parent}-01-more`, "01"],
])("a traceparent %s is gone on with, as a span of its own", (_, header, flags) => {
  expect(traceFrom(header, sevens)).toEqual({ id, span: begun.span, flags });
});

test("an id that ends in zeros is one", () => {
  const round = `${id.slice(0, -2)}00`;
  expect(traceFrom(` 00-${round}-${parent}-01 `, sevens)).toMatchObject({ id: round });
});

test.each([
  ["stands behind something", `x00-${id}-${parent}-01`],
  ["is absent", null],
  ["is empty", ""],
  ["has the version that is forbidden", `ff-${id}-${parent}-01`],
  ["has the id that is forbidden", `00-${"0".repeat(32)}-${parent}-01`],
  ["has the parent that is forbidden", `00-${id}-${"0".repeat(16)}-01`],
  ["is in capitals", `00-${id.toUpperCase()}-${parent}-01`],
  ["says more than its version does", `00-${id}-${parent}-01-more`],
  ["is cut off", `00-${id}-${parent}`],
  ["would break a line of a log", `00-${id}-${parent}-01\n{"event":"forged"}`],
])("where a traceparent %s, a trace begins", (_, header) => {
  expect(traceFrom(header, sevens)).toEqual(begun);
});

test("a trace is written as it is read", () => {
  const header = traceParent({ id, span: parent, flags: "01" });
  expect(header).toBe(`00-${id}-${parent}-01`);
  expect(traceFrom(header, sevens).id).toBe(id);
});
