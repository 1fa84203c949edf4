import { expect, test } from "vitest";
import { Findings, type FaultName } from "../../../../core/books/verify/report.ts";

test("a thousand faults are named, and all are counted", () => {
  const findings = new Findings();
  for (let number = 1; number <= 1500; number++) findings.add("forked", `l ${number}`, "two");
  const { faults, badProofs, badSignatures } = findings.report();
  expect([faults.length, badProofs, badSignatures]).toEqual([1000, 1500, 0]);
  expect(faults.at(-1)).toEqual({ fault: "forked", where: "l 1000", detail: "two" });
});

test.each<[FaultName, "signature" | "proof" | "neither"]>([
  ["unknown-key", "signature"],
  ["retired-key", "signature"],
  ["bad-signature", "signature"],
  ["log-unreadable", "proof"],
  ["hour-not-in-tree", "proof"],
  ["log-goes-back", "proof"],
  ["months-not-linked", "proof"],
  ["head-not-in-hour", "proof"],
  ["forked", "proof"],
  ["other-than-witnessed", "proof"],
  ["not-witnessed", "proof"],
  ["segment-missing", "neither"],
  ["statement-differs", "neither"],
])("%s counts as a bad %s", (fault, kind) => {
  const findings = new Findings();
  findings.add(fault, "", "");
  const { badSignatures, badProofs } = findings.report();
  expect([badSignatures, badProofs]).toEqual([
    kind === "signature" ? 1 : 0,
    kind === "proof" ? 1 : 0,
  ]);
});
