import { describe, expect, test } from "vitest";
import {
  archiveKey,
  archiveNumber,
  parseArchive,
  serializeArchive,
  type ArchivedJob,
} from "../../../core/ledger/archive.ts";

const job = (number: number): ArchivedJob => ({
  id: `job_local_0_${number}`,
  createdAt: 1000 + number,
  settledAt: 2000 + number,
  attempts: 1,
  winner: 1,
  outputs: 1,
  source: { bytes: 10, width: 2, height: 1, format: "png" },
  outcome: { kind: "failed", problem: { code: "cancelled", detail: "Gone." } as never },
});
const ledger = "tnt_x/local/0";
const bytesOf = (lines: readonly string[]) => new TextEncoder().encode(lines.join("\n"));
const linesOf = (jobs: readonly ArchivedJob[]) =>
  new TextDecoder().decode(serializeArchive(ledger, jobs)).split("\n");

test("settled jobs are read back as they left", () => {
  const jobs = [job(1), job(2), job(3)];
  expect(parseArchive(serializeArchive(ledger, jobs))).toEqual({ jobs, damaged: 0 });
  expect(parseArchive(serializeArchive(ledger, []))).toEqual({ jobs: [], damaged: 0 });
});

test("a file is a header, one line for each job and nothing after the last newline", () => {
  const [header, first, second, ...rest] = linesOf([job(1), job(2)]);
  expect(JSON.parse(header ?? "")).toEqual({ v: 1, ledger, count: 2 });
  expect([first, second].map((line): unknown => JSON.parse(line ?? ""))).toEqual([job(1), job(2)]);
  expect(rest).toEqual([""]);
});

test("the files of a ledger are listed in the order of their numbers", () => {
  expect(archiveKey(ledger, 7)).toBe("jobs/tnt_x/local/0/0000000007.jsonl");
  expect(archiveKey(ledger, 10) > archiveKey(ledger, 9)).toBe(true);
  expect(archiveNumber(archiveKey(ledger, 120))).toBe(120);
  expect(archiveNumber("jobs/tnt_x/local/0/7.jsonl.tmp")).toBeNaN();
});

describe("a line that cannot be read is counted and left out:", () => {
  const damaged: [string, string][] = [
    ["no JSON", "{"],
    ["nothing", "null"],
    ...(["id", "source", "outcome", "createdAt", "settledAt"] as const).map(
      (field): [string, string] => [
        `a job without ${field}`,
        JSON.stringify({ ...job(2), [field]: undefined }),
      ],
    ),
  ];
  test.each(damaged)("%s", (_, line) => {
    const [header = "", first = "", , third = ""] = linesOf([job(1), job(2), job(3)]);
    expect(parseArchive(bytesOf([header, first, line, third]))).toEqual({
      jobs: [job(1), job(3)],
      damaged: 1,
    });
  });
});
