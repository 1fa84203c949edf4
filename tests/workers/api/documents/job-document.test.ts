import { expect, test } from "vitest";
import type { Receipt } from "../../../../core/books/receipt.ts";
import type { Job } from "../../../../core/job/job.ts";
import { problem } from "../../../../core/problem.ts";
import { jobDocument } from "../../../../workers/api/documents/job-document.ts";

const origin = "https://img.example.com";
const size = { width: 4, height: 2 };
const open: Job = {
  id: "job_1",
  status: "accepted",
  createdAt: Date.UTC(2026, 10, 29, 1),
  settledAt: null,
  attempts: 0,
  source: { bytes: 10, ...size, format: "png" },
  outputs: [],
  usage: null,
  error: null,
};
const usage = { computeUnits: 5, bytesIn: 10, bytesOut: 7, pixels: 2_500_000, renderMillis: 3 };
const done: Job = {
  ...open,
  status: "done",
  settledAt: Date.UTC(2026, 10, 29, 2),
  attempts: 1,
  outputs: [
    { index: 0, ...size, format: "webp", bytes: 3, key: "renditions/a" },
    { index: 1, ...size, format: "png", bytes: 4, partial: true, key: "renditions/b" },
  ],
  usage: { ...usage, engineVersion: 7 },
  reserved: 6,
  recorded: { sequence: 1, segment: 1 },
};

test("a job that is open has no end, no outputs, no usage, no error and no receipt", () => {
  expect(jobDocument(open, origin)).toEqual({
    ...{ id: "job_1", status: "accepted", attempts: 0, source: open.source },
    ...{ createdAt: "2026-11-29T01:00:00.000Z", settledAt: null, outputs: [], usage: null },
  });
});

test("a job that is done has its outputs' addresses, and says which of them is partial", () => {
  const url = `${origin}/v1/jobs/job_1/outputs`;
  const { pixels: _pixels, ...shown } = usage;
  expect(jobDocument(done, origin)).toEqual({
    ...{ id: "job_1", status: "done", attempts: 1, source: open.source },
    createdAt: "2026-11-29T01:00:00.000Z",
    settledAt: "2026-11-29T02:00:00.000Z",
    outputs: [
      { index: 0, ...size, format: "webp", bytes: 3, url: `${url}/0` },
      { index: 1, ...size, format: "png", bytes: 4, partial: true, url: `${url}/1` },
    ],
    usage: { ...shown, megapixels: 2.5 },
  });
});

test("a job that failed says why, and a receipt says what is not in the job itself", () => {
  const error = problem("corrupt-image", "It is damaged.");
  const failed: Job = { ...open, status: "failed", settledAt: 0, error };
  const receipt: Receipt = {
    ...{ v: 1, job: "job_1", settledAt: "1970-01-01T00:00:00.000Z", outcome: "failed" },
    ...{ ledger: "tnt_x/local/0", sequence: 4, segment: null, outputs: 0, computeUnits: 0 },
    ...{ priceList: "2026-01", currency: "USD", priceNanos: 0 },
  };
  const { v: _v, job: _job, settledAt: _settledAt, outcome: _outcome, ...own } = receipt;
  const document = jobDocument(failed, origin, { receipt, jws: "a.b.c" });
  expect(document).toMatchObject({ settledAt: "1970-01-01T00:00:00.000Z", error });
  expect(document.receipt).toEqual({ ...own, jws: "a.b.c" });
});
