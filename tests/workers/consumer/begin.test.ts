import { expect, test } from "vitest";
import { limits } from "../../../core/limits.ts";
import { mayBegin } from "../../../workers/consumer/begin.ts";
import type { ClaimedJob } from "../../../workers/consumer/claim.ts";
import { ledger, Workshop } from "./workshop.ts";

const claimedAt = 1_000_000;
const job = (attempt: number | null): ClaimedJob => ({
  ...({} as ClaimedJob),
  id: "a",
  ledger,
  attempt,
  claimedAt,
});

test.each([
  ["fresh, in a batch", 0, false, []],
  ["nearly stale, in a batch", limits.leaseFreshMillis - 1, false, []],
  ["stale, in a batch", limits.leaseFreshMillis, false, ["begin a/2"]],
  ["fresh, alone", 0, true, ["begin a/2 alone"]],
])("the ledger is asked about a claim that is %s", async (_, age, alone, asked) => {
  const workshop = new Workshop();
  workshop.now = claimedAt + age;
  expect(await mayBegin(job(2), workshop.ports, { alone })).toBe(true);
  expect(workshop.steps).toEqual(asked);
});

test("the ledger's no is final", async () => {
  const workshop = new Workshop();
  workshop.ledger.begin = async () => false;
  expect(await mayBegin(job(2), workshop.ports, { alone: true })).toBe(false);
});

test("a ledger that does not answer delays nothing, and that is logged", async () => {
  const workshop = new Workshop();
  workshop.ledger.begin = async () => Promise.reject(new Error("away"));
  expect(await mayBegin(job(2), workshop.ports, { alone: true })).toBe(true);
  expect(workshop.steps).toEqual(["begin-failed"]);
});

test("a ledger that does not number its claims is not asked", async () => {
  const workshop = new Workshop();
  expect(await mayBegin(job(null), workshop.ports, { alone: true })).toBe(true);
  expect(workshop.steps).toEqual([]);
});
