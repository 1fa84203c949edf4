import { beforeAll, describe, expect, test } from "vitest";
import type { Statement } from "../../../core/billing/statement.ts";
import { verifyBooks } from "../../../core/books/verify/verify.ts";
import { keep, ledger, worldOf, type Spoilable } from "./kept-books.ts";

const hours = 4;
let honest: Spoilable;
beforeAll(async () => {
  honest = await keep(await worldOf(hours));
});

const given = () => JSON.parse(honest.statement) as Statement;
async function reportOf(statement: string, kept = honest.kept) {
  const segment = async (of: string, number: number) => honest.segment(of, number);
  const report = await verifyBooks({ ...honest, kept, segment, statement });
  return { ...report, named: report.faults.map(({ fault, where }) => `${fault} ${where}`) };
}
/** The statement whose only part says this. */
const withPart = (part: object) => {
  const statement = given();
  return JSON.stringify({ ...statement, segments: [{ ...statement.segments[0], ...part }] });
};

describe("a statement is unreadable", () => {
  test.each<object>([{ first: 0 }, { first: 1.5 }, { last: "4" }, { first: hours + 1 }])(
    "that names a ledger's part as %j",
    async (part) => {
      expect((await reportOf(withPart(part))).named).toEqual(["statement-unreadable statement"]);
    },
  );

  test.each<object>([
    { month: "x2026-11" },
    { month: "2026-111" },
    { adjustments: [{ month: "2026-10", ledger, segments: { first: 1, last: 1 }, usage: {} }] },
  ])("with %j", async (fields) => {
    const text = JSON.stringify({ ...given(), ...fields });
    expect((await reportOf(text)).named).toEqual(["statement-unreadable statement"]);
  });
});

describe("where a statement and the rows part is shown", () => {
  const detailOf = async (text: string) => (await reportOf(text)).faults.at(-1)?.detail;

  test("by the 20 characters before and the 40 from there on", async () => {
    const other = honest.statement.replace(/"totalMicros":\d+,"usage"/, '"totalMicros":x,"usage"');
    const at = other.indexOf("x");
    const text = other.replace("x", "0");
    const shown = (whole: string) => `…${whole.slice(at - 20, at + 40)}…`;
    expect(await detailOf(text)).toBe(
      `it has ${shown(text)}, the rows lead to ${shown(honest.statement)}`,
    );
  });

  test("from its first character on, and behind its last", async () => {
    expect(await detailOf(` ${honest.statement}`)).toBe(
      `it has … ${honest.statement.slice(0, 39)}…, the rows lead to …${honest.statement.slice(0, 40)}…`,
    );
    const end = honest.statement.slice(-20);
    expect(await detailOf(`${honest.statement}\n`)).toBe(
      `it has …${end}\n…, the rows lead to …${end}…`,
    );
  });
});

test("a ledger that a statement names in two parts is read from the first to the last", async () => {
  const statement = given();
  const [part] = statement.segments;
  const segments = [
    { ...part, first: 3, last: hours },
    { ...part, first: 1, last: 2 },
  ];
  const { named, segments: read } = await reportOf(JSON.stringify({ ...statement, segments }));
  expect(read).toBe(hours);
  expect(named.filter((each) => each.startsWith("segment-not-named"))).toEqual([]);
});

describe("segments that a statement names and that are missing", () => {
  // Of these three are in the range; the others are before it, behind it, or another ledger's.
  const kept = (top: number) => [
    ...[1, 2, 3, 4, top, top + 1].map((number) => ({ ledger, number })),
    { ledger: "tnt_b/local/0", number: 5 },
  ];
  const missing = async (last: number) => {
    const report = await reportOf(withPart({ first: 3, last }), kept(last));
    return report.named.filter((each) => each.startsWith("segment-missing"));
  };

  test("a thousand are named one by one", async () => {
    const last = 3 + 1000 + 2;
    const named = await missing(last);
    expect(named.length).toBeGreaterThan(900);
    expect(named).toContain(`segment-missing ${ledger} 1000`);
  });

  test("more are named together, and counted", async () => {
    const last = 3 + 1001 + 2;
    expect(await missing(last)).toEqual([`segment-missing ${ledger} 3 to ${last}`]);
    const { gaps } = await reportOf(withPart({ first: 3, last }), kept(last));
    expect(gaps).toBe(1001);
  });
});

test("where a job was met again, what the statement names of each ledger is read once more, and nothing else", async () => {
  const reads: number[] = [];
  const lines = new TextDecoder().decode(honest.segments.get(2)).split("\n");
  const twice = new TextEncoder().encode(lines.with(2, lines[1] ?? "").join("\n"));
  const kept = [...honest.kept, { ledger: "tnt_b/local/0", number: 1 }, { ledger, number: 9 }];
  const segment = async (of: string, number: number) => {
    reads.push(number);
    return number === 2 ? twice : honest.segment(of, number);
  };
  const { faults } = await verifyBooks({ ...honest, kept, segment });
  expect(faults.map(({ fault }) => fault)).toContain("job-billed-twice");
  expect(reads.toSorted((left, right) => left - right)).toEqual([1, 1, 2, 2, 3, 3, 4, 4]);
});
