import { expect, test } from "vitest";
import type { Job } from "../../../../core/job/job.ts";
import { problem } from "../../../../core/problem.ts";
import { withNewKey } from "../../../../scripts/books/witness-keys.ts";
import { MemoryBucket } from "../../../durable-objects/ledger/memory-bucket.ts";
import { answering, ApiWorld, refusal } from "./api-world.ts";

const id = "job_local_0_01m7wbyda87n5fyfxf530w4grf";
const settledAt = Date.UTC(2026, 10, 28);
const done = {
  ...{ id, status: "done", createdAt: settledAt - 1000, settledAt, attempts: 1 },
  source: { bytes: 10, width: 2, height: 1, format: "png" },
  outputs: [
    { index: 0, width: 2, height: 1, format: "webp", bytes: 4, key: "renditions/a" },
    { index: 1, width: 1, height: 1, format: "json", bytes: 2, key: "renditions/b" },
  ],
  usage: {
    ...{ computeUnits: 5, bytesIn: 10, bytesOut: 4, pixels: 2_000_000, renderMillis: 3 },
  },
  recorded: { sequence: 4, segment: 2 },
} as unknown as Job;

async function shop(job: Partial<Job> | null = {}) {
  const world = new ApiWorld();
  const caller = await world.tenant(["jobs:read", "jobs:write"]);
  const wait = answering<Job | null>(job && { ...done, ...job });
  const remove = answering(true);
  const asked: string[] = [];
  world.ledger = (name) => {
    asked.push(name);
    return { wait, remove };
  };
  const pictures = new MemoryBucket();
  pictures.objects.set("renditions/a", { bytes: new TextEncoder().encode("RIFF") });
  const bucket = {
    get: async (key: string) => {
      const stored = pictures.objects.get(key);
      return stored && { httpEtag: `"a"`, body: new Response(stored.bytes.slice()).body };
    },
  };
  world.env = { PICTURES_LOCAL: bucket, RECEIPT_KEYS: JSON.stringify(withNewKey({ keys: [] }, 0)) };
  return { world, caller, wait, remove, asked };
}

test("a job is shown with its renditions' addresses, its usage and its signed receipt", async () => {
  const { caller, wait, asked } = await shop();
  const shown = await caller.get(`/v1/jobs/${id}`, { Prefer: "wait=3" });
  expect(shown).toMatchObject({
    status: 200,
    body: {
      ...{ id, status: "done", attempts: 1, source: done.source },
      createdAt: "2026-11-27T23:59:59.000Z",
      settledAt: "2026-11-28T00:00:00.000Z",
      outputs: [
        { index: 0, url: `http://minilab.test/v1/jobs/${id}/outputs/0` },
        { index: 1, url: `http://minilab.test/v1/jobs/${id}/outputs/1` },
      ],
      usage: { computeUnits: 5, megapixels: 2 },
      receipt: { ledger: `${caller.tenant}/local/0`, sequence: 4, segment: 2, computeUnits: 5 },
    },
  });
  expect(shown.body.receipt.jws).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
  expect(wait.mock.calls).toEqual([[id, 3000]]);
  expect(asked).toEqual([`${caller.tenant}/local/0`]);
});

test("a job that is open or failed says so, and has no receipt where it is recorded nowhere", async () => {
  const open = await shop({ status: "accepted", settledAt: null, usage: null, outputs: [] });
  const { body } = await open.caller.get(`/v1/jobs/${id}`);
  expect(body).toMatchObject({ status: "accepted", settledAt: null, usage: null });
  expect(body).not.toHaveProperty("receipt");
  expect(body).not.toHaveProperty("error");
  const error = problem("corrupt-image", "It is no picture.");
  const failed = await shop({ status: "failed", error, outputs: [], usage: null });
  expect((await failed.caller.get(`/v1/jobs/${id}`)).body).toMatchObject({ error });
});

test("a rendition is sent as it is stored, and may be kept by its caller alone", async () => {
  const { caller, wait } = await shop();
  const sent = await caller.get(`/v1/jobs/${id}/outputs/0`, { Prefer: "wait=2" });
  expect([sent.status, sent.body]).toEqual([200, "RIFF"]);
  expect(sent.headers.get("Content-Type")).toBe("image/webp");
  expect(sent.headers.get("Content-Length")).toBe("4");
  expect(sent.headers.get("Cache-Control")).toMatch(/^private, .*immutable/);
  expect(sent.headers.get("Vary")).toContain("Authorization");
  expect(sent.headers.get("Minilab-Receipt")).toBeTruthy();
  expect(wait.mock.calls).toEqual([[id, 2000]]);
});

test("one that is not there is not found, whatever it is called", async () => {
  const { caller, wait } = await shop();
  // The first is in no bucket, the next two in no job; the others are no numbers.
  for (const index of ["1", "2", "10", "x", "00", "01", "100", "0x"]) {
    expect(refusal(await caller.get(`/v1/jobs/${id}/outputs/${index}`))).toBe("404 not-found");
  }
  expect(wait).toHaveBeenCalledTimes(3);
  for (const path of [`/v1/jobs/nothing`, `/v1/jobs/nothing/outputs/0`]) {
    expect(refusal(await caller.get(path))).toBe("404 not-found");
  }
  wait.mockResolvedValue(null);
  for (const path of [`/v1/jobs/${id}`, `/v1/jobs/${id}/outputs/0`]) {
    expect(refusal(await caller.get(path))).toBe("404 not-found");
  }
});

test("a rendition that is not made yet can be asked for again, and a failed job says why", async () => {
  const { caller } = await shop({ settledAt: null, outputs: [] });
  const early = await caller.get(`/v1/jobs/${id}/outputs/0`);
  expect(refusal(early)).toBe("409 output-not-ready");
  expect(early.headers.get("Retry-After")).toBe("1");
  const error = problem("corrupt-image", "It is no picture.");
  const failed = await shop({ status: "failed", error, outputs: [] });
  const refused = await failed.caller.get(`/v1/jobs/${id}/outputs/0`);
  expect(refused).toMatchObject({ status: 422, body: error });
});

test("a job is deleted in its own ledger, and one that is not there is not found", async () => {
  const { caller, remove, asked } = await shop();
  const deleted = await caller.ask("DELETE", `/v1/jobs/${id}`);
  expect([deleted.status, deleted.body]).toEqual([204, ""]);
  expect(remove.mock.calls).toEqual([[id]]);
  remove.mockResolvedValue(false);
  expect(refusal(await caller.ask("DELETE", `/v1/jobs/${id}`))).toBe("404 not-found");
  expect(asked).toEqual([`${caller.tenant}/local/0`, `${caller.tenant}/local/0`]);
  expect(refusal(await caller.ask("DELETE", "/v1/jobs/job_mars_0_1"))).toBe("404 not-found");
});

test("reading needs jobs:read, and deleting jobs:write", async () => {
  const world = new ApiWorld();
  const caller = await world.tenant(["usage:read"]);
  for (const answer of [
    await caller.get(`/v1/jobs/${id}`),
    await caller.get(`/v1/jobs/${id}/outputs/0`),
    await caller.ask("DELETE", `/v1/jobs/${id}`),
    await caller.get("/v1/jobs"),
  ]) {
    expect(refusal(answer)).toBe("403 scope-missing");
  }
});
