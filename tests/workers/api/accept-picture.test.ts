import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { shardOfKey, type ShardMap } from "../../../core/fleet/shard-map.ts";
import { parseJobId } from "../../../core/job/job-id.ts";
import type { Job } from "../../../core/job/job.ts";
import { limits } from "../../../core/limits.ts";
import { problem } from "../../../core/problem.ts";
import { err, ok } from "../../../core/result.ts";
import type {
  AcceptAnswer,
  AcceptRequest,
  ReserveAnswer,
} from "../../../durable-objects/ledger/ledger-calls.ts";
import { acceptPicture } from "../../../workers/api/accept-picture.ts";
import { KnownShards } from "../../../workers/api/admission/known-shards.ts";
import { Refusals } from "../../../workers/api/admission/refusals.ts";
import { Uploads } from "../../../workers/api/admission/uploads.ts";
import { Timing } from "../../../workers/api/http/timing.ts";
import type { Call } from "../../../workers/api/route.ts";
import { headerOnlyPng } from "../../journeys/pictures.ts";
import { identity } from "./identity/door.ts";
import { ExpressLane } from "../../../workers/api/admission/express-lane.ts";
import { RegionHealths } from "../../../workers/api/admission/region-healths.ts";
import { oneRegion } from "../../one-region.ts";

// Its timers are not of interest here.
vi.mock("../../../core/idle.ts", () => ({ untilIdle: async () => true }));

const rate = { limit: 20, windowSeconds: 2, remaining: 0, resetSeconds: 2 };
const rateLimited = problem("rate-limited", "No.", { retryAfterMillis: 4000 });
const quota = problem("quota-exceeded", "No.", { retryAfterMillis: 4000 });
const small = headerOnlyPng(8, 8);
const long = Buffer.concat([small, new Uint8Array(limits.heldBytesMax)]);

/** Every call that leaves the isolate, in order. */
let calls: string[];
let refusals: Refusals;
let uploads: Uploads;
let storeFails: boolean;
let reserveAnswer: ReserveAnswer;
/** Answers that send the key elsewhere, before the others. */
let moves: { moved: ShardMap }[];
let accepted: string[];
let isFilling: boolean;
let acceptVerdict: AcceptAnswer["verdict"] | null;

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(console, "error").mockReturnValue();
  // The runtime's own; how it counts is not of interest here.
  vi.stubGlobal(
    "FixedLengthStream",
    class extends TransformStream {
      constructor(_bytes: number) {
        super();
      }
    },
  );
  calls = [];
  refusals = new Refusals();
  uploads = new Uploads();
  storeFails = false;
  reserveAnswer = { verdict: ok(true), rate };
  acceptVerdict = null;
  moves = [];
  accepted = [];
  isFilling = false;
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const jobOf = ({ id, spec }: AcceptRequest) =>
  ({
    id,
    status: "accepted",
    createdAt: 0,
    settledAt: null,
    attempts: 0,
    source: spec.source,
    outputs: [],
    usage: null,
    error: null,
  }) satisfies Job;

const ledger = {
  async reserve() {
    calls.push("reserve");
    return reserveAnswer;
  },
  async release() {
    calls.push("release");
  },
  async holdsKey() {
    calls.push("look");
    return false;
  },
  async accept(request: AcceptRequest): Promise<AcceptAnswer> {
    calls.push("accept");
    accepted.push(request.id);
    const { moved } = moves.shift() ?? {};
    if (moved) return { verdict: err(rateLimited), rate: null, moved };
    const verdict = acceptVerdict ?? ok({ job: jobOf(request), replayed: false });
    return { verdict, rate, ...(isFilling && { filling: true }) };
  },
  /** Of a client that waits; its job does not end. */
  async acceptWait(request: AcceptRequest): Promise<AcceptAnswer> {
    calls.push("accept and wait");
    return { verdict: ok({ job: jobOf(request), replayed: false }), rate };
  },
};

const pictures = {
  async get(key: string) {
    calls.push("get");
    return { key, arrayBuffer: async () => small.buffer };
  },
  async put(_: string, body: Uint8Array | ReadableStream) {
    calls.push("put");
    if (body instanceof ReadableStream) for await (const _chunk of body);
    if (storeFails) throw new Error("R2 is down");
  },
  async delete() {
    calls.push("delete");
  },
};

async function send(body: Uint8Array, headers = {}): Promise<Response> {
  const request = new Request("http://minilab.test/v1/jobs", {
    method: "POST",
    headers: { "Content-Length": String(body.length), ...headers },
    body: new Uint8Array(body),
  });
  const read = vi.spyOn(request, "arrayBuffer");
  const call = {
    request,
    url: new URL(request.url),
    params: {},
    env: {
      FLEET: oneRegion(),
      LEDGER: { getByName: () => ledger },
      PICTURES_LOCAL: pictures,
    },
    ctx: { waitUntil: () => undefined },
    timing: new Timing(),
    trace: "0af7651916cd43dd8448eb211c80319c",
    refusals,
    uploads,
    healths: new RegionHealths(),
    express: new ExpressLane(),
    shards: new KnownShards(),
  } as unknown as Call;
  const response = await acceptPicture(call, identity);
  if (read.mock.calls.length > 0 || request.bodyUsed) calls.unshift("read");
  return response;
}

test("a job whose key moved to another shard follows with its picture", async () => {
  const four = [
    { shards: 1, since: 0 },
    { shards: 4, since: Date.now() },
  ];
  moves = [{ moved: four }];
  const key = "a key";
  expect(shardOfKey(four, key)).not.toBe(0);
  expect((await send(small, { "Idempotency-Key": key })).status).toBe(202);
  expect(calls).toEqual(["read", "put", "accept", "look", "get", "put", "accept", "delete"]);
  expect(accepted.map((id) => parseJobId(id)?.shard)).toEqual([0, shardOfKey(four, key)]);
});

describe("a job", () => {
  test("is stored and accepted, and the ledger is asked once", async () => {
    const response = await send(small);
    expect(response.status).toBe(202);
    expect(calls).toEqual(["read", "put", "accept"]);
    expect(response.headers.has("Idempotency-Replayed")).toBe(false);
  });

  test("that the ledger knows by its key is answered as a repeat", async () => {
    const known = jobOf({ id: "job_local_0_earlier", spec: { source: {} } } as AcceptRequest);
    acceptVerdict = ok({ job: known, replayed: true });
    const response = await send(small, { "Idempotency-Key": "a key" });
    expect(response.headers.get("Idempotency-Replayed")).toBe("true");
    expect(await response.json()).toMatchObject({ id: known.id });
    expect(calls).toEqual(["read", "put", "accept", "delete"]);
  });

  test("with a long body has a place before the body is read to its end", async () => {
    expect((await send(long)).status).toBe(202);
    expect(calls).toEqual(["read", "reserve", "put", "accept"]);
  });

  test("with a long body is stored also where its client waits: what is rendered at once is held whole", async () => {
    expect((await send(long, { Prefer: "wait=5" })).status).toBe(202);
    expect(calls).toEqual(["read", "reserve", "put", "accept and wait"]);
  });

  test("with a long body that is refused is not stored", async () => {
    reserveAnswer = { verdict: err(quota), rate };
    const response = await send(long);
    expect(response.status).toBe(429);
    expect(response.headers.get("RateLimit")).toContain("r=0;");
    expect(calls).toEqual(["read", "reserve"]);
  });

  test("whose source cannot be stored gives its place back, if it had one", async () => {
    storeFails = true;
    expect((await send(long)).status).toBe(503);
    expect(calls).toEqual(["read", "reserve", "put", "release"]);
    calls = [];
    expect((await send(small)).status).toBe(503);
    expect(calls).toEqual(["read", "put"]);
  });
});

describe("after a refusal", () => {
  test("nothing is read, stored or asked until its Retry-After", async () => {
    acceptVerdict = err(rateLimited);
    expect((await send(small)).status).toBe(429);
    expect(calls).toEqual(["read", "put", "accept", "delete"]);
    calls = [];
    vi.advanceTimersByTime(3000);
    const response = await send(small);
    expect(calls).toEqual([]);
    expect(response.status).toBe(429);
    expect(response.headers.get("Retry-After")).toBe("1");
    expect(response.headers.get("RateLimit")).toContain("r=0;");
    expect(await response.json()).toEqual({ ...rateLimited, retryAfterMillis: 1000 });
  });

  test("the ledger is asked for a place first, and a source is stored only with one", async () => {
    acceptVerdict = err(quota);
    await send(small);
    calls = [];
    reserveAnswer = { verdict: err(quota), rate };
    await send(small);
    expect(calls).toEqual(["read", "reserve"]);
    calls = [];
    reserveAnswer = { verdict: ok(true), rate };
    acceptVerdict = null;
    expect((await send(small)).status).toBe(202);
    expect(calls).toEqual(["read", "reserve", "put", "accept"]);
  });

  test("of a place it is remembered like any other", async () => {
    reserveAnswer = { verdict: err(rateLimited), rate };
    await send(long);
    calls = [];
    expect((await send(small)).status).toBe(429);
    expect(calls).toEqual([]);
  });

  test("by a while, all is as before", async () => {
    acceptVerdict = err(quota);
    await send(small);
    acceptVerdict = null;
    vi.advanceTimersByTime(limits.refusedLatelyMillis);
    calls = [];
    await send(small);
    expect(calls).toEqual(["read", "put", "accept"]);
  });
});

test("once the ledger's queues fill up, a place is asked for before the next picture is stored", async () => {
  isFilling = true;
  expect((await send(small)).status).toBe(202);
  expect(calls).toEqual(["read", "put", "accept"]);
  calls = [];
  reserveAnswer = { verdict: err(rateLimited), rate };
  expect((await send(small)).status).toBe(429);
  expect(calls).toEqual(["read", "reserve"]);
});

test("a job is refused unread while its tenant's uploads fill the isolate, and others find room", async () => {
  const { promise: stored, resolve: storeAll } = Promise.withResolvers<void>();
  vi.spyOn(pictures, "put").mockImplementation(() => stored);
  const underWay = Array.from({ length: limits.uploadsMax / 2 }, () => send(small));
  await vi.advanceTimersByTimeAsync(1);
  calls = [];
  const response = await send(small);
  expect(response.status).toBe(503);
  expect(response.headers.get("Retry-After")).toBe("1");
  expect(calls).toEqual([]);
  const other = uploads.within("another tenant", new Request("http://minilab.test"), async () =>
    ok(7),
  );
  expect(await other).toEqual(ok(7));
  storeAll();
  expect(new Set((await Promise.all(underWay)).map(({ status }) => status))).toEqual(
    new Set([202]),
  );
  expect((await send(small)).status).toBe(202);
});
