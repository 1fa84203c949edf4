import { expect, test } from "vitest";
import {
  reportsTogether,
  Tally,
  type AuditReport,
  type Breach,
  type InvariantCount,
} from "../../../core/billing/audit-report.ts";
import { limits } from "../../../core/limits.ts";
import { utc } from "./usage-samples.ts";

const at = "2026-11-29T12:00:00.000Z";
const breach: Breach = {
  invariant: "records-are-a-chain",
  ledger: "tnt_a/local/0",
  subject: "segment 1",
  detail: "missing",
};

/** The report of a part that a version wrote which knew these invariants. */
function report(known: Readonly<Record<string, InvariantCount>>, breaches: number): AuditReport {
  return {
    v: 1,
    at: "2026-11-29T11:00:00.000Z",
    tenants: 2,
    ledgers: 3,
    unreachable: [`tnt_${breaches}/eu/0`],
    invariants: known,
    breaches: Array.from({ length: breaches }, () => breach),
    cursor: "tnt_z",
  };
}

test("a tally counts what was looked at, and keeps what was wrong", () => {
  const [one, other] = [new Tally(), new Tally()];
  one.expect(true, breach);
  one.expect(false, breach);
  other.held("records-are-witnessed", 3);
  other.expect(false, breach);
  one.add(other);
  expect(one.breaches).toEqual([breach, breach]);
  expect(one.counts()).toMatchObject({
    "records-are-a-chain": { checked: 3, breaches: 2 },
    "records-are-witnessed": { checked: 3, breaches: 0 },
    "pictures-have-a-job": { checked: 0, breaches: 0 },
  });
});

test("parts add up to one report, also one that began before this version knew of an invariant", () => {
  const chain = { checked: 5, breaches: 1 };
  const parts = [
    report({ "records-are-a-chain": chain, "pictures-have-a-job": { checked: 2, breaches: 0 } }, 1),
    report({ "records-are-a-chain": chain }, 2),
  ];
  const together = reportsTogether(parts, utc(at));
  const { invariants, ...rest } = together;
  expect(rest).toEqual({
    v: 1,
    at,
    tenants: 4,
    ledgers: 6,
    unreachable: ["tnt_1/eu/0", "tnt_2/eu/0"],
    breaches: [breach, breach, breach],
    cursor: null,
  });
  expect(invariants).toMatchObject({
    "records-are-a-chain": { checked: 10, breaches: 2 },
    "pictures-have-a-job": { checked: 2, breaches: 0 },
    "records-are-witnessed": { checked: 0, breaches: 0 },
  });
});

test("a report names no more breaches than it may", () => {
  const full = report({}, limits.auditBreachesMax);
  expect(reportsTogether([full, full], 0).breaches).toHaveLength(limits.auditBreachesMax);
});
