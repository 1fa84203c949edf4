import { createHash } from "node:crypto";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { plans } from "../../../../core/identity/tenant-limits.ts";
import { problem } from "../../../../core/problem.ts";
import { storeByHash, type Place } from "../../../../workers/api/originals/store-by-hash.ts";
import type { Call } from "../../../../workers/api/route.ts";
import type { Picture } from "../../../../workers/api/upload/picture.ts";
import { oneRegion } from "../../../one-region.ts";
import { pictureInfo } from "../../../core/image/picture-info.ts";
import { stubRuntimeStreams } from "../upload/runtime-streams.ts";

/** What lies in R2, as text. */
let objects: Map<string, string>;
/** What the request leaves to be done after its answer. */
let later: Promise<unknown>[];
let get: (key: string) => Promise<object | null>;
let cancelled: number;

beforeEach(() => {
  stubRuntimeStreams();
  vi.spyOn(console, "error").mockReturnValue();
  objects = new Map();
  later = [];
  cancelled = 0;
  get = async (key) => ({
    body: new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(objects.get(key)));
        controller.close();
      },
      cancel: () => void cancelled++,
    }),
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const bucket = {
  put: async (key: string, body: BodyInit, { onlyIf }: { onlyIf?: object } = {}) => {
    const text = await new Response(body).text();
    if (onlyIf && objects.has(key)) return null;
    objects.set(key, text);
    return { uploaded: new Date(1000) };
  },
  head: async (key: string) => (objects.has(key) ? { uploaded: new Date(500) } : null),
  get: (key: string) => get(key),
  delete: async (key: string) => void objects.delete(key),
};

const hash = createHash("sha256").update("head and rest").digest("hex");
const place: Place = { key: (sha256) => `pictures/${sha256}`, renews: false };
const owner = { tenant: "tnt_x", limits: plans.custom, home: null };

/** A picture of which only the beginning is in memory. */
function long(rest: readonly (string | Error)[] = [" and", " rest"]): Picture {
  const chunks = [...rest];
  const read = async () => {
    const next = chunks.shift();
    if (next instanceof Error) throw next;
    return next === undefined
      ? ({ done: true } as const)
      : ({ done: false, value: Uint8Array.from(Buffer.from(next)) } as const);
  };
  return {
    info: pictureInfo({ width: 30, height: 20 }),
    head: Uint8Array.from(Buffer.from("head")),
    rest: { read, cancel: async () => undefined },
    ...{ bytes: 13, bytesMax: 13 },
  };
}

async function store(picture = long(), more: Partial<Place> = {}) {
  const env = { FLEET: oneRegion(), PICTURES_LOCAL: bucket };
  const call = { env, ctx: { waitUntil: (work: Promise<unknown>) => void later.push(work) } };
  const stored = await storeByHash(call as unknown as Call, owner, picture, { ...place, ...more });
  await Promise.all(later);
  return stored;
}

const stored = { sha256: hash, bytes: 13, storedAt: 1000, isNew: true };

test("a long picture lies under the hash of all its bytes, and nowhere else", async () => {
  expect(await store()).toEqual({ ok: true, value: stored });
  expect([...objects]).toEqual([[`pictures/${hash}`, "head and rest"]]);
});

test("where it is already it is as old as it was, unless it is to be renewed", async () => {
  await store();
  expect(await store()).toEqual({ ok: true, value: { ...stored, storedAt: 500, isNew: false } });
  expect(await store(long(), { renews: true })).toEqual({ ok: true, value: stored });
  // Deleted since it was found to be there.
  vi.spyOn(bucket, "head").mockResolvedValueOnce(null);
  const now = Date.now();
  const { ok, value } = (await store()) as { ok: true; value: { storedAt: number } };
  expect([ok, value.storedAt >= now]).toEqual([true, true]);
});

test("whether it may be stored is asked once its hash is known; where it may not, nothing of it stays", async () => {
  const refused = problem("storage-limit-reached", "There is no room.");
  const admit = vi.fn<NonNullable<Place["admit"]>>(async () => refused);
  expect(await store(long(), { admit })).toEqual({ ok: false, error: refused });
  expect(admit).toHaveBeenCalledExactlyOnceWith({ sha256: hash, bytes: 13 });
  expect(cancelled).toBe(1);
  expect([...objects]).toEqual([]);
});

test("one whose sender breaks off is not stored", async () => {
  const outcome = await store(long([" and", new Error("gone")]));
  expect(outcome).toMatchObject({ ok: false, error: { code: "bad-request" } });
  expect([...objects]).toEqual([]);
});

test("one that storage has lost on the way, or does not give back, is said to be sent again", async () => {
  for (const lost of [async () => null, () => Promise.reject(new Error("R2 is down"))]) {
    get = lost;
    expect(await store()).toMatchObject({ ok: false, error: { code: "unavailable" } });
    expect([...objects]).toEqual([]);
  }
  expect(console.error).toHaveBeenCalledExactlyOnceWith({
    ...{ event: "picture-not-stored", cause: expect.stringContaining("R2 is down") as string },
  });
});

test("a format that the operator has not switched on is refused by its header alone", async () => {
  const picture = { ...long(), info: pictureInfo({ format: "heic", width: 30, height: 20 }) };
  expect(await store(picture)).toMatchObject({ ok: false, error: { code: "unsupported-format" } });
  expect(later).toEqual([]);
});
