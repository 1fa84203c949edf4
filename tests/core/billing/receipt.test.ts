import { expect, onTestFinished, test } from "vitest";
import { priceLists, type PriceList } from "../../../core/billing/price-list.ts";
import { receiptOf } from "../../../core/billing/receipt.ts";
import type { Job } from "../../../core/job/job.ts";
import { ledger, utc } from "./usage-samples.ts";

const settledAt = utc("2026-11-30T19:10:01.000Z");
const job: Job = {
  id: "job_local_0_1",
  status: "done",
  createdAt: settledAt - 100,
  settledAt,
  attempts: 1,
  source: { bytes: 9, width: 2, height: 1, format: "png" },
  outputs: [{ index: 0, width: 2, height: 1, format: "webp", bytes: 4 }],
  usage: { computeUnits: 117, bytesIn: 9, bytesOut: 4, pixels: 4, renderMillis: 3 },
  error: null,
  recorded: { sequence: 1, segment: null },
};

test("a receipt charges for what was done, and nothing for a job that failed", () => {
  expect(receiptOf(ledger, job)).toMatchObject({ outcome: "done", outputs: 1, computeUnits: 117 });
  expect(receiptOf(ledger, job)?.priceNanos).toBe(14_500 + 2_457);
  const failed: Job = { ...job, status: "failed", outputs: [], usage: null };
  expect(receiptOf(ledger, failed)).toMatchObject({
    ...{ outcome: "failed", outputs: 0, computeUnits: 0, priceNanos: 0 },
  });
});

test("there is none before a job has ended, or where its record is not known", () => {
  expect(receiptOf(ledger, { ...job, settledAt: null })).toBeNull();
  expect(receiptOf(ledger, { ...job, status: "running" })).toBeNull();
  const { recorded: _, ...unknown } = job;
  expect(receiptOf(ledger, unknown)).toBeNull();
});

test("a list may charge for jobs, those done apart from those that failed", () => {
  const job2027 = { ...job, settledAt: utc("2027-01-01T00:00:00.000Z") };
  const price = { item: "jobs", unit: "job", per: 1 };
  const list: PriceList = {
    ...{ version: "2027-01", from: "2027-01", currency: "USD" },
    prices: [
      { ...price, counts: "jobsDone", priceMicros: 3 },
      { ...price, counts: "jobsFailed", priceMicros: 5 },
    ],
  };
  (priceLists as PriceList[]).push(list);
  onTestFinished(() => void (priceLists as PriceList[]).pop());
  expect(receiptOf(ledger, job2027)).toMatchObject({ priceList: "2027-01", priceNanos: 3000 });
  expect(receiptOf(ledger, { ...job2027, status: "failed" })?.priceNanos).toBe(5000);
});
