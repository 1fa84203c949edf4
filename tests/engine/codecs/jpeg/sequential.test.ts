import { expect, test } from "vitest";
import { openPlanes } from "../../../../engine/codecs/jpeg/planes.ts";
import { layOutPlanes } from "../../../../engine/codecs/jpeg/plane-layout.ts";
import { isWhole, SequentialRows } from "../../../../engine/codecs/jpeg/sequential.ts";
import type { Frame, Scan } from "../../../../engine/codecs/jpeg/syntax/header.ts";
import { decodeRequest, watchedWorkspace } from "../../pixels/fixtures.ts";
import { writeDcJpeg } from "./dc-jpeg.ts";

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
    { high: 1, low: 1 },
  ];
  for (const other of others) expect(isWhole(frame, { ...whole, ...other })).toBe(false);
});

test("MCUs beyond the window are read, but do not become samples", () => {
  const size = { width: 40, height: 40 };
  const file = writeDcJpeg({ ...size, components: [{ h: 1, v: 1 }] }, (_, x, y) => 300 * x * y);
  const { planes, ...request } = decodeRequest(size);
  const { workspace, callsOf } = watchedWorkspace();
  const window = { x: 8, y: 16, width: 16, height: 16 };
  openPlanes(file, { ...request, workspace, planes: { ...planes, window } })?.finish();
  expect(callsOf("decodeMcus").map((values) => values.slice(-4))).toEqual([
    [0, 5, 0, 0],
    [0, 5, 0, 0],
    [0, 5, 1, 3],
    [0, 5, 1, 3],
    [0, 5, 0, 0],
  ]);
});

test("a table that components share is worked out once", () => {
  const { workspace, planes } = decodeRequest(frame);
  const layout = layOutPlanes(frame, 1, planes);
  if (!layout) throw new Error("not laid out");
  /** How often the symbols of each of these DC tables are read. */
  const readsOf = (...tables: readonly (0 | 1)[]) => {
    const reads = [0, 0];
    const counted = [0, 1].map((index) => ({
      ...dc,
      get symbols() {
        reads[index] = (reads[index] ?? 0) + 1;
        return dc.symbols;
      },
    }));
    const components = tables.map((at, index) => ({ index, dc: counted[at], ac }));
    const scan = { ...whole, components, dataStart: 64 };
    const base = workspace.allocate(layout.bytes);
    new SequentialRows(workspace, new Uint8Array(100), scan, layout, base).free();
    workspace.free(base);
    return reads;
  };
  const [own = NaN, other] = readsOf(0, 1);
  expect(own).toBeGreaterThan(0);
  expect(other).toBe(own);
  expect(readsOf(0, 0)).toEqual([own, 0]);
});
