import { expect, test } from "vitest";
import { isWhole } from "../../../../engine/codecs/jpeg/sequential.ts";
import type { Frame, Scan } from "../../../../engine/codecs/jpeg/syntax/header.ts";

const component = { id: 1, h: 1, v: 1, table: 0 };
const frame: Frame = {
  ...{ coding: "sequential", width: 8, height: 8 },
  components: [component, component],
};
const table = (...symbols: number[]) => ({
  lengths: new Uint8Array(16),
  symbols: Uint8Array.from(symbols),
});
const [dc, ac] = [table(0, 11), table(0)];
const whole: Scan = {
  components: [
    { index: 0, dc, ac },
    { index: 1, dc, ac },
  ],
  ...{ start: 0, end: 63, high: 0, low: 0, restartInterval: 0, dataStart: 0 },
};

test("a scan holds a picture that has all components in their order, all coefficients, and tables", () => {
  expect(isWhole(frame, whole)).toBe(true);
  const [first, second] = [
    { index: 0, dc, ac },
    { index: 1, dc, ac },
  ];
  const others: Partial<Scan>[] = [
    { components: [first] },
    { components: [second, first] },
    { components: [first, first] },
    { components: [first, { ...second, dc: undefined }] },
    { components: [first, { ...second, ac: undefined }] },
    // A sample of eight bits has no difference of twelve.
    { components: [first, { ...second, dc: table(12, 0) }] },
    { start: 1 },
    { end: 62 },
    { high: 1 },
    { low: 1 },
  ];
  for (const other of others) expect(isWhole(frame, { ...whole, ...other })).toBe(false);
});
