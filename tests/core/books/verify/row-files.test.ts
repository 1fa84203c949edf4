import { expect, test } from "vitest";
import type { Row, Segment } from "../../../../core/books/verify/read-segment.ts";
import { rowFiles } from "../../../../core/books/verify/row-files.ts";

const at = Date.UTC(2026, 10, 28, 4, 59, 59, 999);
const row: Row = {
  seq: 1,
  job: "job_eu_0_1",
  at,
  outcome: "done",
  outputs: 1,
  bytesIn: 5,
  bytesOut: 4,
  pixels: 3,
  computeUnits: 2,
};
const segment: Segment = {
  hash: "",
  ledger: "tnt_a/eu/3",
  number: 12,
  previous: "",
  incarnation: 1,
  prices: "2026-01",
  firstSeq: 1,
  lastSeq: 3,
  rows: [{ ...row, seq: 2, at: at + 1 }, row, { ...row, seq: 3, at: at - 3_599_999 }],
};

test("rows are filed by the UTC hour in which their jobs ended, the oldest hour first", () => {
  const files = rowFiles(segment);
  expect(files.map(({ name, hour }) => [name, hour])).toEqual([
    ["dt=2026-11-28/hour=04/eu-3-0000000012.ndjson", Date.UTC(2026, 10, 28, 4)],
    ["dt=2026-11-28/hour=05/eu-3-0000000012.ndjson", Date.UTC(2026, 10, 28, 5)],
  ]);
  expect(files.map(({ text }) => text.trimEnd().split("\n").length)).toEqual([2, 1]);
  expect(rowFiles(segment)).toEqual(files);
});

test("every row has every field: what is not known is null", () => {
  const flat = {
    job: "job_eu_0_1",
    tenant: "tnt_a",
    region: "eu",
    shard: 3,
    segment: 12,
    sequence: 1,
    settledAt: "2026-11-28T04:59:59.999Z",
    outcome: "done",
    key: null,
    trace: null,
    outputs: 1,
    bytesIn: 5,
    bytesOut: 4,
    pixels: 3,
    computeUnits: 2,
    sourcePixels: null,
    renderMillis: null,
    unitsVersion: null,
    engineVersion: null,
    prices: "2026-01",
    files: [],
  };
  const textOf = (only: Row) => rowFiles({ ...segment, rows: [only] })[0]?.text;
  expect(textOf(row)).toBe(`${JSON.stringify(flat)}\n`);
  const files = [{ format: "webp", bytes: 4, pixels: 2 }];
  const work = { key: "key_1", trace: "ab", sourcePixels: 9, renderMillis: 8, files };
  expect(textOf({ ...row, unitsVersion: 3, engineVersion: 4, work })).toBe(
    `${JSON.stringify({ ...flat, ...work, unitsVersion: 3, engineVersion: 4 })}\n`,
  );
});
