import { describe, expect, test } from "vitest";
import type { Job } from "../../../core/job/job.ts";
import { problem } from "../../../core/problem.ts";
import { withNewKey } from "../../../scripts/books/witness-keys.ts";
import { answerJob, isPictureWanted, type Accepted } from "../../../workers/api/answer-job.ts";
import { Timing } from "../../../workers/api/http/timing.ts";
import type { Call } from "../../../workers/api/route.ts";
import { oneRegion } from "../../one-region.ts";

const id = "job_local_0_01m7wbyda87n5fyfxf530w4grf";
const location = `https://img.example.com/v1/jobs/${id}`;
const output = { index: 0, width: 4, height: 2, format: "webp", bytes: 4, key: "made" } as const;
const open: Job = {
  ...{ id, status: "running", createdAt: 0, settledAt: null, attempts: 1, usage: null },
  source: { bytes: 10, width: 4, height: 2, format: "png" },
  outputs: [],
  error: null,
};
const usage = { computeUnits: 1, bytesIn: 10, bytesOut: 4, pixels: 8, renderMillis: 1 };
const recorded = { sequence: 1, segment: null };
const settledAt = Date.UTC(2026, 10, 29);
const done: Job = { ...open, status: "done", settledAt, outputs: [output], usage, recorded };
const error = problem("corrupt-image", "It is damaged.");
const failed: Job = { ...open, status: "failed", settledAt, error, recorded };
const rate = { limit: 20, windowSeconds: 2, remaining: 7, resetSeconds: 1 };
const rendition = {
  key: "k",
  bytes: new Uint8Array([1, 2, 3]),
  etag: '"e"',
  format: "png",
} as const;

const picture = { Accept: "image/webp" };
const waits = { tenant: "tnt_x", millis: 3000 };

function answer(accepted: Partial<Accepted>, headers: Record<string, string>, asked = waits) {
  const url = new URL("https://img.example.com/v1/jobs");
  const body = new Response("RIFF").body;
  const get = async (key: string) => (key === "made" ? { httpEtag: '"s"', body } : null);
  const call = {
    request: new Request(url, { method: "POST", headers }),
    url,
    timing: new Timing(),
    env: {
      FLEET: oneRegion(),
      PICTURES_LOCAL: { get },
      RECEIPT_KEYS: JSON.stringify(withNewKey({ keys: [] }, 0)),
    },
  } as unknown as Call;
  const about = { job: done, replayed: false, rate, outputs: 1, rendition: null, ...accepted };
  return answerJob(call, about, asked);
}

test.each([
  ["a picture is preferred, one was asked for, and there is time", picture, 1, 1, true],
  ["there is no time", picture, 0, 1, false],
  ["two were asked for", picture, 1, 2, false],
  ["the job is preferred", { Accept: "application/json" }, 1, 1, false],
])("whether the rendition itself is wanted: %s", (_, headers, millis, outputs, isWanted) => {
  const request = new Request("https://img.example.com", { headers });
  expect(isPictureWanted(request, { millis, outputs })).toBe(isWanted);
});

describe("the job is the answer", () => {
  test("with where it is, and what was preferred", async () => {
    const response = await answer({}, { Accept: "application/json" });
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      location,
      vary: "Accept, Prefer",
      "preference-applied": "wait=3",
      ratelimit: '"jobs";r=7;t=1',
    });
    for (const name of ["Idempotency-Replayed", "Content-Location", "Minilab-Receipt"]) {
      expect(response.headers.has(name)).toBe(false);
    }
    const { outputs, receipt } = (await response.json()) as { outputs: unknown; receipt: object };
    expect(outputs).toMatchObject([{ url: `${location}/outputs/0` }]);
    expect(receipt).toMatchObject({ sequence: 1, jws: expect.any(String) });
  });

  test("while it goes on, though a picture is preferred, and for a client that does not wait", async () => {
    const going = await answer({ job: open }, picture);
    expect([going.status, going.headers.get("Content-Location")]).toEqual([202, null]);
    const async = await answer({ replayed: true }, picture, { ...waits, millis: 0 });
    expect([async.status, async.headers.get("Content-Type")]).toEqual([200, "application/json"]);
    expect(async.headers.has("Preference-Applied")).toBe(false);
    expect(async.headers.get("Idempotency-Replayed")).toBe("true");
  });

  test("where it failed, for whoever prefers that; else the failure is", async () => {
    const told = await answer({ job: failed }, { Accept: "application/json" });
    expect([told.status, await told.json()]).toMatchObject([200, { status: "failed", error }]);
    const refused = await answer({ job: failed }, picture);
    expect([refused.status, await refused.json()]).toEqual([422, error]);
    expect(refused.headers.get("Location")).toBe(location);
    expect(refused.headers.get("RateLimit")).toContain("r=7");
  });
});

describe("the rendition is the answer", () => {
  test("from storage, with its address and receipt", async () => {
    const response = await answer({}, picture);
    expect([response.status, await response.text()]).toEqual([200, "RIFF"]);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "image/webp",
      "content-location": `${location}/outputs/0`,
      "minilab-receipt": expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      "cache-control": "private, max-age=31536000, immutable",
      vary: "Accept, Prefer, Authorization",
      etag: '"s"',
      ratelimit: '"jobs";r=7;t=1',
    });
  });

  test("as it came from its consumer, though the job's own answer is older", async () => {
    const response = await answer({ job: open, rendition }, picture);
    expect([response.status, new Uint8Array(await response.arrayBuffer())]).toEqual([
      200,
      rendition.bytes,
    ]);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "image/png",
      "content-length": "3",
      "content-location": `${location}/outputs/0`,
      vary: "Accept, Prefer, Authorization",
      etag: '"e"',
      ratelimit: '"jobs";r=7;t=1',
    });
  });

  test("where it is gone from storage, nothing is found", async () => {
    const gone = { ...done, outputs: [{ ...output, key: "gone" }] };
    expect((await answer({ job: gone }, picture)).status).toBe(404);
  });
});

test("a picture that was never promised has to be sent again, whatever is preferred", async () => {
  const interrupted = problem("interrupted", "Send it again.");
  const response = await answer({ job: { ...failed, error: interrupted } }, {});
  expect([response.status, await response.json()]).toEqual([interrupted.status, interrupted]);
  expect(response.headers.get("RateLimit")).toContain("r=7");
  expect(response.headers.has("Location")).toBe(false);
});
