import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { readSegment } from "../../../../core/books/verify/read-segment.ts";

type Line = Readonly<Record<string, unknown>>;

const previous = "0f".repeat(32);
const header = (
  count: number,
  more: Line = { incarnation: 1, prices: "2026-01" },
  v = 3,
): Line => ({
  v,
  ledger: "tnt_a/eu/0",
  number: 7,
  previous,
  firstSeq: 11,
  lastSeq: 10 + count,
  count,
  sealedAt: 1_900_000_000_000,
  ...more,
});
const row = (seq: number, more: Line = {}): Line => ({
  seq,
  job: `job_${seq}`,
  at: 1_900_000_000_000,
  outcome: "done",
  outputs: 1,
  bytesIn: 5,
  bytesOut: 4,
  pixels: 3,
  computeUnits: 2,
  ...more,
});
const nothing = { outputs: 0, bytesOut: 0, pixels: 0, computeUnits: 0 };
const file = { format: "webp", bytes: 4, pixels: 2 };
const work = { key: "key_1", trace: "ab", sourcePixels: 9, renderMillis: 8, files: [file] };

const textOf = (...lines: readonly unknown[]) =>
  lines.map((line) => `${JSON.stringify(line)}\n`).join("");
const read = (text: string) => readSegment(new TextEncoder().encode(text));
const faultsOf = (...lines: readonly unknown[]) =>
  read(textOf(...lines)).faults.map(({ fault, row: at }) => (at > 0 ? `${fault} ${at}` : fault));

describe("a segment as a ledger writes it", () => {
  test.each<[string, Line, readonly Line[]]>([
    ["of version 1", header(1, {}, 1), [row(11)]],
    ["of version 2", header(1, undefined, 2), [row(11, { unitsVersion: 3 })]],
    [
      "with both versions",
      header(1, undefined, 2),
      [row(11, { unitsVersion: 3, engineVersion: 4 })],
    ],
    ["with an engine's version", header(1, undefined, 2), [row(11, { engineVersion: 4 })]],
    ["of version 3", header(2), [row(11, { work }), row(12)]],
    ["without a price list", header(1, { incarnation: 2, prices: null }), [row(11)]],
    ["with a failed job", header(1), [row(11, { outcome: "failed", ...nothing })]],
    [
      "with work of nobody known",
      header(1),
      [row(11, { work: { ...without(work, "key", "trace") } })],
    ],
    ["with work of a key", header(1), [row(11, { work: without(work, "trace") })]],
    ["with work in a trace", header(1), [row(11, { work: without(work, "key") })]],
    ["with work without files", header(1), [row(11, { work: { ...work, files: [] } })]],
  ])("%s is read whole and without a fault", (_, head, rows) => {
    const text = textOf(head, ...rows);
    const { segment, faults } = read(text);
    expect(faults).toEqual([]);
    expect(segment).toMatchObject({ ledger: "tnt_a/eu/0", number: 7, previous, rows });
    expect(segment?.hash).toBe(createHash("sha256").update(text).digest("hex"));
    expect(segment?.incarnation).toBe(head["incarnation"] ?? 1);
    expect(segment?.prices).toBe(head["prices"] ?? null);
  });
});

describe("what has no header of a segment is none", () => {
  test.each<[string, string]>([
    ["nothing", ""],
    ["no JSON", "x\n"],
    ["a byte order mark", `\ufeff${textOf(header(1), row(11))}`],
    ["null", "null\n"],
    ["a number", "7\n"],
    ...(
      [
        ["v", 4],
        ["v", undefined],
        ["ledger", 1],
        ["previous", null],
        ["number", -1],
        ["number", 0.5],
        ["firstSeq", "1"],
        ["lastSeq", 2 ** 53],
        ["count", undefined],
        ["sealedAt", null],
        ["incarnation", "1"],
        ["prices", 1],
      ] as const
    ).map(([field, value]): [string, string] => [
      `${field} ${JSON.stringify(value)}`,
      textOf({ ...header(1), [field]: value }, row(11)),
    ]),
  ])("%s", (_, text) => {
    expect(read(text)).toEqual({ segment: null, faults: [] });
  });
});

describe("a row that is none is named:", () => {
  test.each<[string, unknown]>([
    ["seq", "1"],
    ["job", 1],
    ["at", -1],
    // No date is so far away.
    ["at", 9e15],
    ["outcome", "open"],
    ["outputs", 0.5],
    ["bytesIn", undefined],
    ["bytesOut", null],
    ["pixels", 2 ** 53],
    ["computeUnits", "2"],
    ["work", null],
    ["work", 1],
    ["work", { ...work, key: 1 }],
    ["work", { ...work, trace: 1 }],
    ["work", { ...work, sourcePixels: -1 }],
    ["work", { ...work, renderMillis: "8" }],
    ["work", { ...work, files: {} }],
    ["work", { ...work, files: [null] }],
    ["work", { ...work, files: [1] }],
    ["work", { ...work, files: [{ ...file, format: 1 }] }],
    ["work", { ...work, files: [{ ...file, bytes: -1 }] }],
    ["work", { ...work, files: [{ ...file, pixels: undefined }] }],
    ["work", { ...work, files: [file, null] }],
  ])("%s %j", (field, value) => {
    expect(faultsOf(header(2), row(11), row(12, { [field]: value }))).toEqual(["row-unreadable 2"]);
  });

  test.each(["outputs", "bytesOut", "pixels", "computeUnits"])(
    "a failed job with %s, which would be billed",
    (field) => {
      const failed = row(11, { outcome: "failed", ...nothing, [field]: 1 });
      expect(faultsOf(header(1), failed)).toEqual(["row-unreadable 1"]);
    },
  );

  test("an empty line", () => {
    const { faults } = read(`${textOf(header(1), row(11))}\n`);
    expect(faults).toMatchObject([{ fault: "row-unreadable", row: 2 }]);
  });

  test.each([null, 7, "x"])("%j", (line) => {
    expect(faultsOf(header(1), line)).toEqual(["row-unreadable 1"]);
  });
});

describe("rows in another order or number are found", () => {
  test.each<[string, readonly unknown[], readonly string[]]>([
    ["twice", [header(2), row(11), row(12), row(12)], ["row-repeated 3"]],
    ["late", [header(3), row(11), row(13), row(12)], ["row-out-of-order 3"]],
    ["not there", [header(3), row(11), row(13)], ["row-missing"]],
    ["none there", [header(3)], ["row-missing"]],
    ["of other numbers", [header(2), row(10), row(13)], ["row-missing"]],
    ["unreadable, which are not missing too", [header(2), row(11), null], ["row-unreadable 2"]],
  ])("%s", (_, lines, faults) => {
    expect(faultsOf(...lines)).toEqual(faults);
  });

  test("by how many are missing", () => {
    expect(read(textOf(header(5), row(11), row(14))).faults).toMatchObject([
      { missing: 3, row: 0 },
    ]);
    expect(read(textOf(header(2), row(10), row(13))).faults).toMatchObject([{ missing: 2 }]);
  });
});

describe("the same content in other bytes is found", () => {
  const whole = textOf(header(1), row(11, { work }));
  test.each<[string, string]>([
    ["a space", whole.replace('"seq":11', '"seq": 11')],
    ["a figure written otherwise", whole.replace('"bytesIn":5', '"bytesIn":5.0')],
    ["no end of the last line", whole.trimEnd()],
    ["a field of a header", textOf({ ...header(1), more: 1 }, row(11))],
    ["a header of version 1 in a later one", textOf(header(1, {}), row(11))],
    ["a header of a later version in version 1", textOf(header(1, undefined, 1), row(11))],
    ["a field of a row", textOf(header(1), row(11, { more: 1 }))],
    ["a field of a later row", textOf(header(2), row(11), row(12, { more: 1 }))],
    ["versions in the first version", textOf(header(1, {}, 1), row(11, { unitsVersion: 3 }))],
    ["work in the second version", textOf(header(1, undefined, 2), row(11, { work }))],
    [
      "versions in another order",
      textOf(header(1), row(11, { engineVersion: 4, unitsVersion: 3 })),
    ],
    ["a field of its work", textOf(header(1), row(11, { work: { ...work, more: 1 } }))],
    [
      "a field of a file",
      textOf(header(1), row(11, { work: { ...work, files: [{ ...file, more: 1 }] } })),
    ],
    ["another number of rows than the header counts", textOf({ ...header(1), count: 2 }, row(11))],
  ])("%s", (_, text) => {
    expect(read(text).faults.map(({ fault }) => fault)).toEqual(["segment-not-canonical"]);
  });
});

test("bytes that are no text are found, and the row that has them is read", () => {
  const bytes = new TextEncoder().encode(textOf(header(1), row(11)));
  bytes[bytes.indexOf("_".charCodeAt(0), 150)] = 0xff;
  const { segment, faults } = readSegment(bytes);
  expect(segment?.rows).toMatchObject([{ job: "job\ufffd11" }]);
  expect(faults).toMatchObject([{ fault: "segment-not-canonical" }]);
});

function without(line: Line, ...names: readonly string[]): Line {
  return Object.fromEntries(Object.entries(line).filter(([name]) => !names.includes(name)));
}
