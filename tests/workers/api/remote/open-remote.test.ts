import { createHash } from "node:crypto";
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { parseAllowedSource } from "../../../../core/delivery/remote/allowed-source.ts";
import type { DeliveryProfile } from "../../../../core/delivery/profile.ts";
import { defaultSettings } from "../../../../core/delivery/settings.ts";
import { tenantIdSchema } from "../../../../core/identity/ids.ts";
import { limitsOf } from "../../../../core/identity/tenant-limits.ts";
import { limits } from "../../../../core/limits.ts";
import { Uploads } from "../../../../workers/api/admission/uploads.ts";
import { purgeAll, purgeSource } from "../../../../workers/api/deliver/purge.ts";
import type { Call } from "../../../../workers/api/route.ts";
import { openRemote, type RemoteOwner } from "../../../../workers/api/remote/open-remote.ts";
import { noisyJpeg } from "../../../journeys/pictures.ts";
import { oneRegion } from "../../../one-region.ts";
import { stubRuntimeStreams } from "../upload/runtime-streams.ts";

let photo: Uint8Array;
let other: Uint8Array;
let bucket: Map<string, Uint8Array>;
let call: Call;
/** What the origin was asked for, and with which validator. */
let asked: (string | null)[];
let origin: (ifNoneMatch: string | null) => Response | Promise<Response>;
let url: URL;
let files = 0;
/** Runs before each put takes effect. */
let beforePut: (key: string) => Promise<void>;
let background: Promise<unknown>[];

beforeAll(async () => {
  [photo, other] = await Promise.all([noisyJpeg(64, 48), noisyJpeg(32, 24)]);
});

beforeEach(() => {
  vi.useFakeTimers();
  bucket = new Map();
  asked = [];
  url = new URL(`https://cdn.example.com/${++files}.jpg`);
  const env = { FLEET: oneRegion(), PICTURES_LOCAL: bucketOver(bucket) };
  const uploads = new Uploads();
  beforePut = async () => undefined;
  background = [];
  const waitUntil = (work: Promise<unknown>) => void background.push(work);
  call = { env, uploads, ctx: { waitUntil } } as unknown as Call;
  origin = (ifNoneMatch) =>
    ifNoneMatch === '"v1"' ? new Response(null, { status: 304, headers: cacheable }) : sent(photo);
  vi.stubGlobal("fetch", async (_: string, { headers }: { headers: Record<string, string> }) => {
    asked.push(headers["If-None-Match"] ?? null);
    return origin(headers["If-None-Match"] ?? null);
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const cacheable = { ETag: '"v1"', "Cache-Control": "max-age=60" };
const sent = (bytes: Uint8Array, etag = '"v1"') =>
  new Response(bytes as BodyInit, {
    headers: {
      ...cacheable,
      ETag: etag,
      "Content-Type": "image/jpeg",
      "Content-Length": String(bytes.length),
    },
  });

/** As much of R2 as a source needs. */
function bucketOver(objects: Map<string, Uint8Array>) {
  const versions = new Map<string, number>();
  let puts = 0;
  return {
    async head(key: string) {
      return objects.has(key) ? { version: `v${versions.get(key)}` } : null;
    },
    async delete(key: string) {
      objects.delete(key);
    },
    async list({ prefix }: { prefix: string }) {
      const keys = [...objects.keys()].filter((key) => key.startsWith(prefix));
      return { objects: keys.map((key) => ({ key, uploaded: new Date(0) })), truncated: false };
    },
    async get(key: string) {
      const bytes = objects.get(key);
      return bytes ? { text: async () => new TextDecoder().decode(bytes) } : null;
    },
    async put(key: string, value: BodyInit) {
      await beforePut(key);
      const bytes = new Uint8Array(await new Response(value).arrayBuffer());
      versions.set(key, ++puts);
      objects.set(key, bytes);
      return { uploaded: new Date() };
    },
  };
}

function allowing(...sources: string[]): RemoteOwner {
  const allowed = sources.map((source) => {
    const parsed = parseAllowedSource(source);
    if (!parsed.ok) throw new Error(parsed.error);
    return parsed.value;
  });
  return {
    tenant: "tnt_01kam000000000000000000000",
    limits: limitsOf("custom"),
    home: null,
    rules: { allowed, ownHosts: [] },
  };
}

/** The source's hash, or the code of the problem. */
async function open(owner = allowing("cdn.example.com")): Promise<string> {
  const source = await openRemote(call, owner, url);
  await Promise.all(background.splice(0));
  if (!source.ok) return source.error.code;
  expect(bucket.get(source.value.key)).toBeDefined();
  return source.value.hash;
}

const hashOf = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const pass = (millis: number) => void vi.setSystemTime(Date.now() + millis);

test("a source is fetched once while it is fresh, and kept under the hash of its bytes", async () => {
  expect(await open()).toBe(hashOf(photo));
  pass(59_999);
  expect(await open()).toBe(hashOf(photo));
  expect(asked).toEqual([null]);
});

test("a source that is no longer fresh is asked about by its ETag, and fetched again if it changed", async () => {
  await open();
  pass(60_000);
  expect(await open()).toBe(hashOf(photo));
  pass(59_000);
  await open();
  expect(asked).toEqual([null, '"v1"']);
  pass(2000);
  origin = () => sent(other, '"v2"');
  expect(await open()).toBe(hashOf(other));
  pass(61_000);
  await open();
  expect(asked).toEqual([null, '"v1"', '"v1"', '"v2"']);
});

test("a source is fetched whole before storage may remove what is kept of it", async () => {
  await open();
  pass(limits.fetchedMillis);
  await open();
  expect(asked).toEqual([null, null]);
});

test("what the list no longer allows is not served from what is kept, nor where a redirect led", async () => {
  await open();
  expect(await open(allowing("other.example.com"))).toBe("source-not-allowed");
  const both = allowing("cdn.example.com", "new.example.com");
  url = new URL("https://cdn.example.com/moved.jpg");
  origin = () =>
    new Response(null, { status: 302, headers: { Location: "https://new.example.com/" } });
  vi.stubGlobal("fetch", async (to: string) =>
    to === "https://new.example.com/" ? sent(photo) : origin(null),
  );
  expect(await open(both)).toBe(hashOf(photo));
  expect(await open(allowing("cdn.example.com"))).toBe("source-not-allowed");
});

test("a failure is remembered briefly, a missing source a little longer", async () => {
  origin = () => new Response("gone", { status: 404 });
  expect(await open()).toBe("source-not-found");
  pass(limits.remoteMissingSeconds * 1000 - 1);
  origin = () => sent(photo);
  expect(await open()).toBe("source-not-found");
  pass(1);
  expect(await open()).toBe(hashOf(photo));
  expect(asked).toHaveLength(2);

  url = new URL("https://cdn.example.com/failing.jpg");
  origin = () => new Response("oh", { status: 500 });
  expect(await open()).toBe("source-failed");
  expect(await open()).toBe("source-failed");
  expect(asked).toHaveLength(3);
  pass(limits.remoteFailedSeconds * 1000);
  origin = () => sent(photo);
  expect(await open()).toBe(hashOf(photo));
});

test("what is kept is served while the origin is down, and not once it says that there is none", async () => {
  await open();
  pass(61_000);
  origin = () => new Response("oh", { status: 503 });
  expect([await open(), await open()]).toEqual([hashOf(photo), hashOf(photo)]);
  expect(asked).toHaveLength(2);
  pass(limits.remoteFailedSeconds * 1000);
  origin = () => new Response("gone", { status: 410 });
  expect(await open()).toBe("source-not-found");
});

test("what is kept is served while what the origin sends cannot be stored", async () => {
  vi.spyOn(console, "error").mockReturnValue();
  await open();
  pass(61_000);
  origin = () => sent(other, '"v2"');
  beforePut = () => Promise.reject(new Error("R2 takes nothing"));
  expect(await open()).toBe(hashOf(photo));
});

test("an origin that breaks off has failed: what is kept is served, and nothing of the rest is kept", async () => {
  stubRuntimeStreams();
  await open();
  pass(61_000);
  const breaksOff = () => {
    const start = (controller: ReadableStreamDefaultController) => controller.enqueue(other);
    const pull = (controller: ReadableStreamDefaultController) => controller.error(new Error());
    const headers = { "Content-Length": String(2 * limits.heldBytesMax) };
    return new Response(new ReadableStream({ start, pull }), { headers });
  };
  origin = breaksOff;
  expect(await open()).toBe(hashOf(photo));
  const kept = [...bucket.keys()];
  url = new URL("https://cdn.example.com/long.jpg");
  expect(await open()).toBe("source-failed");
  expect([...bucket.keys()]).toEqual(kept);
});

test("bytes that are no picture are refused, whatever their type says", async () => {
  origin = () => sent(new TextEncoder().encode("<html>"));
  expect(await open()).toBe("unsupported-format");
  url = new URL("https://cdn.example.com/empty.jpg");
  origin = () => sent(new Uint8Array());
  expect(await open()).toBe("source-failed");
  expect(bucket.size).toBe(0);
});

test("a tenant's fetches are bounded like its jobs", async () => {
  const few = { ...allowing("cdn.example.com"), tenant: "tnt_01kam000000000000000000009" };
  const owner = { ...few, limits: limitsOf("custom", { requestsPerSecond: 1, burst: 1 }) };
  expect(await open(owner)).toBe(hashOf(photo));
  url = new URL("https://cdn.example.com/next.jpg");
  expect(await open(owner)).toBe("rate-limited");
  pass(1000);
  expect(await open(owner)).toBe(hashOf(photo));
});

const owner = allowing("cdn.example.com");
const profile: DeliveryProfile = {
  ...owner,
  tenant: tenantIdSchema.parse(owner.tenant),
  version: 1,
  status: "active",
  settings: defaultSettings,
  signingKeys: [],
  shards: [{ shards: 1, since: 0 }],
};
const purges = {
  source: () => purgeSource({ call, profile }, { kind: "remote", url }),
  everything: () => purgeAll({ call, profile }, null),
};

test.each(Object.entries(purges))(
  "what was being fetched when a purge of %s began does not come back",
  async (_, purge) => {
    const { promise: sending, resolve: send } = Promise.withResolvers<Response>();
    origin = () => sending;
    const work: Promise<unknown>[] = [];
    const ctx = { waitUntil: (part: Promise<unknown>) => void work.push(part) };
    const older = openRemote({ ...call, ctx }, owner, url);
    await vi.waitFor(() => expect(asked).toHaveLength(1));
    await purge();
    origin = () => sent(other, '"v2"');
    // Asked while the older fetch goes on, and after it has ended.
    expect(await open()).toBe(hashOf(other));
    await purge();
    send(sent(photo));
    expect(await older).toMatchObject({ ok: true, value: { hash: hashOf(photo) } });
    await Promise.all(work);
    expect(await open()).toBe(hashOf(other));
  },
);

test.each(["urls/", "pictures/"])("nor what was being put at %s when it began", async (place) => {
  let isFirst = true;
  beforePut = async (key) => {
    if (!key.includes(place) || !isFirst) return;
    isFirst = false;
    await purges.source();
  };
  expect(await open()).toBe(hashOf(photo));
  origin = () => sent(other, '"v2"');
  expect(await open()).toBe(hashOf(other));
  expect(await open()).toBe(hashOf(other));
  expect(asked).toEqual([null, null]);
});

test("a purge of everything forgets what origins failed with", async () => {
  origin = () => new Response("gone", { status: 404 });
  expect(await open()).toBe("source-not-found");
  await purges.everything();
  origin = () => sent(photo);
  expect(await open()).toBe(hashOf(photo));
});
