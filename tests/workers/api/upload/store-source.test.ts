import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { overlayKey, sourceKey } from "../../../../core/job/picture-key.ts";
import { limits } from "../../../../core/limits.ts";
import type { ChunkReader } from "../../../../workers/api/http/chunk-reader.ts";
import { UploadFault, emptyBody } from "../../../../workers/api/http/body-problems.ts";
import type { Picture, Upload } from "../../../../workers/api/upload/picture.ts";
import { storeSource } from "../../../../workers/api/upload/store-source.ts";
import {
  copyUpload,
  digestUpload,
  storeUpload,
} from "../../../../workers/api/upload/store-upload.ts";
import { stubRuntimeStreams } from "./runtime-streams.ts";

beforeEach(() => {
  stubRuntimeStreams();
  vi.spyOn(console, "error").mockReturnValue();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const hex = (digest: ArrayBuffer | null) => digest && Buffer.from(digest).toString("hex");

/** R2 that counts what it is asked, with multipart uploads. */
class Bucket {
  readonly objects = new Map<string, Uint8Array>();
  readonly parts: { number: number; bytes: number }[] = [];
  aborted = 0;
  failing: (call: string) => void = () => undefined;

  async put(key: string, body: ReadableStream | Uint8Array | ArrayBuffer): Promise<void> {
    const bytes = new Uint8Array(await new Response(body as BodyInit).arrayBuffer());
    this.failing(`put ${key}`);
    this.objects.set(key, bytes);
  }

  async get(key: string) {
    const bytes = this.objects.get(key);
    return bytes ? { arrayBuffer: async () => bytes.slice().buffer } : null;
  }

  async delete(keys: string[]): Promise<void> {
    this.failing("delete");
    for (const key of keys) this.objects.delete(key);
  }

  async createMultipartUpload(key: string) {
    const sent: Uint8Array[] = [];
    return {
      uploadPart: async (number: number, bytes: Uint8Array) => {
        this.failing("part");
        this.parts.push({ number, bytes: bytes.length });
        sent.push(bytes);
        return { number };
      },
      complete: async (parts: { number: number }[]) => {
        const named = parts.map(({ number }) => sent[number - 1] ?? new Uint8Array());
        this.objects.set(key, Buffer.concat(named));
      },
      abort: async () => void this.aborted++,
    };
  }
}

/** What comes after the header; `last` is what happens at its end. */
function following(chunks: readonly Uint8Array<ArrayBuffer>[], last?: () => Promise<never>) {
  const left = [...chunks];
  const cancel = vi.fn<() => Promise<void>>(async () => undefined);
  const rest: ChunkReader = {
    read: async () => {
      const value = left.shift();
      if (value) return { done: false, value };
      return last ? last() : { done: true };
    },
    cancel,
  };
  return { rest, cancel };
}

const bytesOf = (length: number, content: number) => new Uint8Array(length).fill(content);
const head = bytesOf(100, 1);

function store(bucket: Bucket, more: Partial<Picture>, wantsDigest = true) {
  const picture = { head, rest: null, bytes: null, bytesMax: 0, ...more } as Picture;
  return storeSource(bucket as unknown as R2Bucket, "key", picture, wantsDigest);
}

test("a picture that is held is put whole, and hashed where somebody needs that", async () => {
  const bucket = new Bucket();
  const stored = await store(bucket, {});
  expect(bucket.objects.get("key")).toEqual(head);
  expect(stored.ok && [stored.value.bytes, hex(stored.value.digest)]).toEqual([100, sha256(head)]);
  const unhashed = await store(bucket, {}, false);
  expect(unhashed).toEqual({ ok: true, value: { bytes: 100, digest: null } });
});

describe("a longer picture is stored byte for byte as it came", () => {
  const chunks = [bytesOf(7, 2), bytesOf(limits.uploadPartBytes, 3), bytesOf(9, 4)];
  const whole = Buffer.concat([head, ...chunks]);

  test.each([
    ["in one stream, where its length is known", whole.length],
    ["in parts, where it is not", null],
  ])("%s", async (_, bytes) => {
    const bucket = new Bucket();
    const { rest } = following(chunks);
    const stored = await store(bucket, { rest, bytes });
    expect(Buffer.compare(bucket.objects.get("key") ?? head, whole)).toBe(0);
    expect(stored.ok && [stored.value.bytes, hex(stored.value.digest)]).toEqual([
      ...[whole.length, sha256(whole)],
    ]);
    const unhashed = await store(new Bucket(), { rest: following(chunks).rest, bytes }, false);
    expect(unhashed).toEqual({ ok: true, value: { bytes: whole.length, digest: null } });
  });

  test.each([
    [1, [limits.uploadPartBytes, 1]],
    [0, [limits.uploadPartBytes]],
    [limits.uploadPartBytes, [limits.uploadPartBytes, limits.uploadPartBytes]],
  ])("all parts but the last have R2's one size: %i bytes more", async (more, sizes) => {
    const bucket = new Bucket();
    const { rest } = following([bytesOf(limits.uploadPartBytes - head.length + more, 2)]);
    await store(bucket, { rest }, false);
    expect(bucket.parts).toEqual(sizes.map((bytes, at) => ({ number: at + 1, bytes })));
  });
});

describe.each([
  ["streamed", 1000],
  ["in parts", null],
])("what goes wrong while a picture is stored, %s", (_, bytes) => {
  test("a sender that breaks off is told so, and nothing is kept", async () => {
    const bucket = new Bucket();
    const { rest } = following([bytesOf(9, 2)], () => Promise.reject(new Error("reset")));
    const stored = await store(bucket, { rest, bytes });
    expect(stored).toMatchObject({ ok: false, error: { code: "bad-request" } });
    expect(bucket.objects.size).toBe(0);
    expect(console.error).not.toHaveBeenCalled();
  });

  test("a fault of the form ends it with its own problem", async () => {
    const { rest } = following([], () => Promise.reject(new UploadFault(emptyBody)));
    expect(await store(new Bucket(), { rest, bytes })).toEqual({ ok: false, error: emptyBody });
  });

  test("storage that fails is our fault, and the rest is not waited for", async () => {
    const bucket = new Bucket();
    bucket.failing = () => {
      throw new Error("storage down");
    };
    const { rest, cancel } = following([bytesOf(limits.uploadPartBytes, 2), bytesOf(9, 2)]);
    const stored = await store(bucket, { rest, bytes });
    expect(stored).toMatchObject({ ok: false, error: { code: "unavailable" } });
    expect(cancel).toHaveBeenCalled();
    expect(bucket.aborted).toBe(bytes === null ? 1 : 0);
  });
});

test.each([
  ["a held picture", null, limits.storageMillisMax],
  ["a longer one", 1000, limits.uploadMillisMax + limits.storageMillisMax],
])("storage that never answers is given up in time: %s", async (_, bytes, millis) => {
  vi.useFakeTimers();
  const bucket = new Bucket();
  bucket.put = () => new Promise(() => undefined);
  const { rest } = following([]);
  const stored = store(bucket, { bytes, rest: bytes === null ? null : rest });
  let isOver = false;
  void stored.then(() => (isOver = true));
  await vi.advanceTimersByTimeAsync(millis - 1);
  expect(isOver).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(await stored).toMatchObject({ ok: false, error: { code: "unavailable" } });
});

describe("an upload with an overlay", () => {
  const picture = { head, rest: null, bytes: 100, bytesMax: 100 } as unknown as Picture;
  const overlay = { ...picture, head: bytesOf(5, 9) };
  const [own, above] = [sourceKey("tnt_x", "job"), overlayKey("tnt_x", "job")];
  const storeBoth = (bucket: Bucket, upload: object, wantsDigest = true) =>
    storeUpload(bucket as unknown as R2Bucket, "tnt_x", "job", upload as Upload, wantsDigest);

  test("stores both, and without one only the picture", async () => {
    const bucket = new Bucket();
    const stored = await storeBoth(bucket, { picture, overlay });
    expect([bucket.objects.get(own), bucket.objects.get(above)]).toEqual([head, overlay.head]);
    expect(stored.ok && stored.value).toMatchObject({
      ...{ bytes: 100, keys: [own, above], overlayDigest: sha256(overlay.head) },
    });
    const alone = await storeBoth(new Bucket(), { picture });
    expect(alone.ok && alone.value).toMatchObject({ keys: [own], overlayDigest: "" });
    const unhashed = await storeBoth(new Bucket(), { picture, overlay }, false);
    expect(unhashed.ok && unhashed.value).toMatchObject({ digest: null, overlayDigest: "" });
  });

  test.each([own, above])("leaves neither where %s cannot be put", async (key) => {
    const bucket = new Bucket();
    bucket.failing = (call) => {
      if (call === `put ${key}`) throw new Error("storage down");
    };
    expect(await storeBoth(bucket, { picture, overlay })).toMatchObject({ ok: false });
    expect([...bucket.objects.keys()]).toEqual([]);
    bucket.failing = (call) => {
      if (call !== `put ${above}` || key === above) throw new Error("storage down");
    };
    expect(await storeBoth(bucket, { picture, overlay })).toMatchObject({ ok: false });
  });

  test("is hashed in memory as it is in storage", async () => {
    const both = await digestUpload({ picture, overlay, options: [] });
    expect([hex(both.digest), both.overlayDigest]).toEqual([sha256(head), sha256(overlay.head)]);
    expect((await digestUpload({ picture, options: [] })).overlayDigest).toBe("");
  });

  test("is copied to another job's keys, as far as it is there", async () => {
    const bucket = new Bucket();
    await storeBoth(bucket, { picture, overlay });
    const moved = { keys: [own, above], from: "job", to: "next" };
    const copy = () => copyUpload(bucket as unknown as R2Bucket, "tnt_x", moved);
    await copy();
    expect(bucket.objects.get(sourceKey("tnt_x", "next"))).toEqual(head);
    expect(bucket.objects.get(overlayKey("tnt_x", "next"))).toEqual(overlay.head);
    bucket.objects.clear();
    await copy();
    expect(bucket.objects.size).toBe(0);
  });
});
