import { describe, expect, test } from "vitest";
import { checkChain, lastToRead } from "../../../../core/books/verify/check-chain.ts";
import { Findings } from "../../../../core/books/verify/report.ts";
import { firstPrevious, sealSegment } from "../../../../core/ledger/segment.ts";
import { doneAt, utc } from "../../billing/usage-samples.ts";

const ledger = "tnt_a/eu/0";
const start = utc("2026-11-30T19:10:00.000Z");

/** A chain whose segments hold rows of these numbers; the last one is signed. */
function chain(...runs: readonly (readonly number[])[]) {
  return chainOf(runs);
}

/** `incarnations`: those that the segments name; absent: none does. */
function chainOf(runs: readonly (readonly number[])[], incarnations: readonly number[] = []) {
  let previous = firstPrevious;
  const segments = runs.map((seqs, index) => {
    const events = seqs.map((seq) => doneAt(start + seq, seq));
    const content = { ledger, number: index + 1, previous, sealedAt: start, events };
    const incarnation = incarnations[index];
    const origin = incarnation !== undefined && { origin: { incarnation, prices: "p" } };
    const segment = sealSegment({ ...content, ...origin });
    previous = segment.hash;
    return segment;
  });
  return { segments, signed: new Map([[segments.length, previous]]) };
}

const replaced = (from: string, to: string) => (lines: string[]) =>
  lines.map((line) => line.replace(from, to));

async function check(
  { segments, signed }: ReturnType<typeof chain>,
  { last = segments.length, stated = new Map<number, string>() } = {},
) {
  const findings = new Findings();
  const rows: string[] = [];
  const task = {
    ...{ ledger, first: 1, last, stated, anchors: new Map([[ledger, signed]]) },
    read: async (number: number) => segments[number - 1]?.bytes ?? null,
    onRow: ({ seq }: { seq: number }, segment: number) => void rows.push(`${segment}: ${seq}`),
  };
  await checkChain(task, findings);
  const { faults, gaps, segments: read, events } = findings.report();
  const details = faults.map(({ detail }) => detail);
  const named = faults.map(({ fault, where }) => `${fault} ${where}`);
  return { named, details, gaps, read, events, rows };
}

describe("a chain", () => {
  test("is read from its signed end, row by row", async () => {
    expect(await check(chain([1, 2], [3]))).toEqual({
      ...{ named: [], details: [], gaps: 0, read: 2, events: 3 },
      rows: ["2: 3", "1: 1", "1: 2"],
    });
  });

  test.each([
    ["rows are missing between two segments", [[1], [4]], "row-missing", 2, "2 rows are not there"],
    [
      "two segments have the same rows",
      [
        [1, 2, 3],
        [2, 3, 4],
      ],
      "row-repeated",
      0,
      "2 of its numbers are in the next segment too",
    ],
  ] as const)("in which %s is found", async (_, runs, fault, gaps, detail) => {
    const found = await check(chain(...runs));
    expect([found.named, found.gaps]).toEqual([[`${fault} ${ledger} 1`], gaps]);
    expect(found.details[0]?.startsWith(detail)).toBe(true);
  });

  test("that is signed further on is read to there, and counts to where it is asked for", async () => {
    const { rows, read, events, named } = await check(chain([1], [2], [3]), { last: 1 });
    expect({ rows, read, events, named }).toEqual({
      ...{ rows: ["1: 1"], read: 3, events: 3, named: [] },
    });
  });

  test("of which the next segment names another hash is found, and who names it", async () => {
    const [changed] = chain([9], [2]).segments;
    const whole = chain([1], [2]);
    const found = await check({ ...whole, segments: whole.segments.with(0, changed!) });
    expect(found.named).toContain(`segment-changed ${ledger} 1`);
    expect(found.details.join()).toContain("segment 2 has");
  });

  test("of which the statement names another hash is found", async () => {
    const stated = new Map([[1, "00"]]);
    const { named } = await check(chain([1], [2]), { stated });
    expect(named).toEqual([`segment-changed ${ledger} 1`]);
  });

  test.each<[string, (lines: string[]) => string[], string, number]>([
    ["lacks a row", (lines) => lines.toSpliced(1, 1), "row-missing l", 1],
    [
      "has two rows in each other's place",
      ([head = "", a = "", b = "", ...rows]) => [head, b, a, ...rows],
      "row-out-of-order l row 2",
      0,
    ],
    ["has a space", ([head = "", ...rows]) => [`${head} `, ...rows], "segment-not-canonical l", 0],
    ["has no header", () => ["{}"], "segment-unreadable l", 0],
    ["is another ledger's", replaced("tnt_a", "tnt_b"), "segment-out-of-place l", 0],
    ["has another number", replaced('"number":1', '"number":7'), "segment-out-of-place l", 0],
  ])("of which a segment %s is found, and where", async (_, change, fault, gaps) => {
    const whole = chain([1, 2, 3], [4]);
    const [first] = whole.segments;
    const lines = new TextDecoder().decode(first?.bytes).trimEnd().split("\n");
    const bytes = new TextEncoder().encode(`${change(lines).join("\n")}\n`);
    const found = await check({ ...whole, segments: whole.segments.with(0, { ...first!, bytes }) });
    const where = `${ledger} 1`;
    expect(found.named).toEqual([`segment-changed ${where}`, fault.replace(/ l\b/, ` ${where}`)]);
    expect(found.gaps).toBe(gaps);
  });

  test("of which a segment stands in another's place too is found there, and only there", async () => {
    const whole = chain([1], [2], [3]);
    const { named } = await check({
      ...whole,
      segments: whole.segments.with(1, whole.segments[2]!),
    });
    expect(named).toEqual([`segment-changed ${ledger} 2`, `segment-out-of-place ${ledger} 2`]);
  });

  test.each<[number[], string[]]>([
    [[2, 1], [`incarnation-goes-back ${ledger} 1`]],
    [[1, 2], []],
    [[2, 2], []],
  ])("whose segments name the incarnations %j: %j", async (incarnations, faults) => {
    expect((await check(chainOf([[1], [2]], incarnations))).named).toEqual(faults);
  });

  test("that nobody signed is found", async () => {
    const { named } = await check({ ...chain([1]), signed: new Map() });
    expect(named).toEqual([`not-witnessed ${ledger} 1`]);
  });

  test("of which a segment is not there is found, and the rest is read", async () => {
    const whole = chain([1], [2], [3]);
    const segments = whole.segments.with(1, { ...whole.segments[1], bytes: null } as never);
    const { named, gaps, read } = await check({ ...whole, segments });
    expect({ named, gaps, read }).toEqual({
      ...{ named: [`segment-missing ${ledger} 2`], gaps: 1, read: 2 },
    });
  });
});

test.each([
  ["itself, if it was signed", [3, 5, 9], 5, 5],
  ["the next that was", [9, 3, 7], 5, 7],
  ["itself, if none after it was", [3], 5, 5],
  ["itself, if none was at all", [], 5, 5],
])("the last segment to read is %s", (_, signed, last, top) => {
  const anchors = new Map([[ledger, new Map(signed.map((number) => [number, "aa"]))]]);
  expect(lastToRead(anchors, { ledger, last })).toBe(top);
  expect(lastToRead(new Map(), { ledger, last })).toBe(last);
});
