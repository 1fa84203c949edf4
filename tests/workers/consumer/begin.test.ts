import { expect, test } from "vitest";
import { limits } from "../../../core/limits.ts";
import { beginAt } from "../../../workers/consumer/begin.ts";
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
  ["fresh, in a batch", 0, false, [], claimedAt],
  ["nearly stale, in a batch", limits.leaseFreshMillis - 1, false, [], claimedAt],
  [
    "stale, in a batch",
    limits.leaseFreshMillis,
    false,
    ["begin a/2"],
    claimedAt + limits.leaseFreshMillis,
  ],
  ["fresh, alone", 1, true, ["begin a/2 alone"], claimedAt + 1],
])("the ledger is asked about a claim that is %s", async (_, age, alone, asked, since) => {
  const workshop = new Workshop();
  workshop.now = claimedAt + age;
  expect(await beginAt(job(2), workshop.ports, { alone })).toBe(since);
  expect(workshop.steps).toEqual(asked);
});

test("the ledger's no is final", async () => {
  const workshop = new Workshop();
  workshop.ledger.begin = async () => false;
  expect(await beginAt(job(2), workshop.ports, { alone: true })).toBeNull();
});

test("a ledger that does not answer delays nothing, and that is logged", async () => {
  const workshop = new Workshop();
  workshop.ledger.begin = async () => Promise.reject(new Error("away"));
  expect(await beginAt(job(2), workshop.ports, { alone: true })).toBe(claimedAt);
  expect(workshop.steps).toEqual(["begin-failed"]);
});

test("a ledger that does not number its claims is not asked", async () => {
  const workshop = new Workshop();
  expect(await beginAt(job(null), workshop.ports, { alone: true })).toBe(claimedAt);
  expect(workshop.steps).toEqual([]);
});
