import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { originalKey } from "../../../../core/delivery/original.ts";
import { renditionsPrefix } from "../../../../core/delivery/storage-prefixes.ts";
import { serializeInfo } from "../../../../core/image/stored-info.ts";
import {
  findOriginal,
  listOriginals,
  removeBelow,
  removeMade,
  removeOrphan,
} from "../../../../workers/api/originals/find-original.ts";
import { limits } from "../../../../core/limits.ts";
import { frameHeader, jpeg, scanHeader } from "../../../core/image/made-headers.ts";
import { pictureInfo } from "../../../core/image/picture-info.ts";

const hash = "5".repeat(64);
const id = `img_${hash}`;
const kept = {
  source: originalKey("tnt_x", id),
  rendition: `${renditionsPrefix("tnt_x", hash)}9`,
};
const fetched = { source: `fetched/tnt_x/pictures/${hash}`, rendition: kept.rendition };

/** R2 as far as a deletion goes. */
function bucketWith(...keys: string[]) {
  const held = new Set(keys);
  const bucket = {
    head: async (key: string) => (held.has(key) ? {} : null),
    delete: async (gone: string | string[]) => {
      for (const key of [gone].flat()) held.delete(key);
    },
    list: async ({ prefix }: { prefix: string }) => ({
      objects: [...held]
        .filter((key) => key.startsWith(prefix))
        .map((key) => ({ key, uploaded: new Date() })),
      truncated: false,
    }),
  } as unknown as R2Bucket;
  return { bucket, held };
}

test("a rendition that is written when its original has been deleted does not stay", async () => {
  const { bucket, held } = bucketWith(kept.source);
  held.delete(kept.source);
  await removeMade(bucket, "tnt_x", hash);
  held.add(kept.rendition);
  await removeOrphan(bucket, kept);
  expect([...held]).toEqual([]);
});

test.each([
  ["its original is there", kept, [kept.source, kept.rendition]],
  ["it was made of a picture that was fetched, which ends by itself", fetched, [kept.rendition]],
])("a rendition stays where %s", async (_, pictures, keys) => {
  const { bucket, held } = bucketWith(...keys);
  await removeOrphan(bucket, pictures);
  expect([...held]).toEqual(keys);
});

/** R2 in pages; what a list did not ask for is not in its answer. */
function pagedBucket(keys: readonly string[], pageSize = 2) {
  const held = new Set(keys);
  const info = serializeInfo(pictureInfo({ width: 30, height: 20 }));
  const bucket = {
    get: async () => null,
    delete: async (gone: string[]) => {
      if (gone.length === 0) throw new Error("nothing to delete");
      for (const key of gone) held.delete(key);
    },
    list: async (asked: { prefix: string; startAfter?: string; include?: string[] }) => {
      const { prefix, startAfter = "", include = [] } = asked;
      const found = [...held].filter((key) => key.startsWith(prefix) && key > startAfter);
      const objects = found
        .toSorted()
        .slice(0, pageSize)
        .map((key) => ({
          ...{ key, size: 9, uploaded: new Date(1000) },
          ...(include.includes("customMetadata") && { customMetadata: { info } }),
        }));
      return { objects, truncated: found.length > pageSize };
    },
  } as unknown as R2Bucket;
  return { bucket, held: () => [...held].toSorted() };
}

test("a removal goes through every page, as far as it may, and goes on where it was", async () => {
  const { bucket, held } = pagedBucket(["p/0", "p/1", "p/2", "p/3", "p/4", "q/1"]);
  expect(await removeBelow(bucket, "p/", { pagesMax: 1 })).toBe("1");
  expect(held()).toEqual(["p/2", "p/3", "p/4", "q/1"]);
  expect(await removeBelow(bucket, "p/", { before: 1000 })).toBeNull();
  expect(held()).toEqual(["p/2", "p/3", "p/4", "q/1"]);
  const isMeant = (name: string) => name !== "3";
  expect(await removeBelow(bucket, "p/", { after: "2", isMeant })).toBeNull();
  expect(held()).toEqual(["p/2", "p/3", "q/1"]);
  expect(await removeBelow(bucket, "p/")).toBeNull();
  expect(held()).toEqual(["q/1"]);
});

test("a page ends at its last key, however many there are", async () => {
  const ids = ["1", "2", "3", "4"].map((digit) => `img_${digit.repeat(64)}`);
  const keys = ids.map((each) => originalKey("tnt_x", each));
  const { bucket } = pagedBucket(keys, 3);
  const { cursor } = await listOriginals(bucket, "tnt_x", { cursor: null, limit: 3 });
  expect(cursor).toBe(ids[2]);
  const { bucket: other } = pagedBucket(["p/0", "p/1", "p/2", "p/3"], 3);
  expect(await removeBelow(other, "p/", { pagesMax: 1 })).toBe("2");
});

test("pictures are listed a page at a time, with what their headers said, none twice", async () => {
  const ids = ["1", "2", "3"].map((digit) => `img_${digit.repeat(64)}`);
  const { bucket } = pagedBucket(ids.map((each) => originalKey("tnt_x", each)));
  const first = await listOriginals(bucket, "tnt_x", { cursor: null, limit: 2 });
  expect(first.originals).toMatchObject([
    { id: ids[0], bytes: 9, info: { width: 30, height: 20 }, storedAt: 1000 },
    { id: ids[1] },
  ]);
  expect(first.cursor).toBe(ids[1]);
  const second = await listOriginals(bucket, "tnt_x", { cursor: first.cursor, limit: 2 });
  expect(second).toMatchObject({ originals: [{ id: ids[2] }], cursor: null });
});

test("an original that says nothing of its header, or is written otherwise, is read for it", async () => {
  const bytes = new Map([
    ["1", jpeg(frameHeader({ width: 30, height: 20 }), scanHeader())],
    ["2", new Uint8Array(40)],
  ]);
  const get = vi.fn<(key: string, options: object) => Promise<object | null>>(async (key) => {
    const content = bytes.get(key.slice(-1));
    return content ? { arrayBuffer: async () => content.slice().buffer } : null;
  });
  const head = async (key: string) => ({
    ...{ key, size: 99, uploaded: new Date(1000) },
    ...(key.endsWith("2") && { customMetadata: { info: "{" } }),
  });
  const idOf = (digit: string) => `img_${digit.repeat(64)}`;
  const find = (digit: string) =>
    findOriginal({ head, get } as unknown as R2Bucket, "tnt_x", idOf(digit));
  expect(await find("1")).toMatchObject({ id: idOf("1"), info: { width: 30, height: 20 } });
  const range = { offset: 0, length: limits.headBytesMax };
  expect(get).toHaveBeenCalledExactlyOnceWith(originalKey("tnt_x", idOf("1")), { range });
  // What is no picture, or is deleted meanwhile, is none.
  expect([await find("2"), await find("3")]).toEqual([null, null]);
});

describe("of a page of pictures that say nothing of their headers", () => {
  const ids = Array.from({ length: 20 }, (_, number) => `img_${String(number).padStart(64, "0")}`);
  const whole = jpeg(frameHeader({ width: 30, height: 20 }), scanHeader());

  /** Each header takes so long to come. */
  function unread(millis: number) {
    const { bucket } = pagedBucket(
      ids.map((each) => originalKey("tnt_x", each)),
      ids.length,
    );
    let [held, most] = [0, 0];
    const get = async () => {
      held += 1;
      most = Math.max(most, held);
      await Promise.resolve();
      vi.setSystemTime(Date.now() + millis);
      return {
        async arrayBuffer() {
          held -= 1;
          return whole.slice().buffer;
        },
      };
    };
    const list = async (...asked: Parameters<typeof bucket.list>) => {
      const { objects, truncated } = await bucket.list(...asked);
      return {
        objects: objects.map(({ key, size, uploaded }) => ({ key, size, uploaded })),
        truncated,
      };
    };
    return { bucket: { get, list } as unknown as R2Bucket, most: () => most };
  }

  beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"] }));
  afterEach(() => void vi.useRealTimers());

  test("one is held in memory at a time", async () => {
    const { bucket, most } = unread(1);
    const listed = await listOriginals(bucket, "tnt_x", { cursor: null, limit: 20 });
    expect(listed.originals.map((each) => each.id)).toEqual(ids);
    expect(listed.cursor).toBeNull();
    expect(most()).toBe(1);
  });

  test("those that could be read in ten seconds are told, and where the list goes on", async () => {
    const { bucket } = unread(limits.storageMillisMax / 2 - 1);
    const { originals, cursor } = await listOriginals(bucket, "tnt_x", { cursor: null, limit: 20 });
    expect(originals.map((each) => each.id)).toEqual(ids.slice(0, 3));
    expect(cursor).toBe(ids[2]);
    const { bucket: slower } = unread(limits.storageMillisMax - 1);
    const rest = await listOriginals(slower, "tnt_x", { cursor: ids[17] ?? "", limit: 20 });
    expect(rest).toMatchObject({ originals: [{ id: ids[18] }, { id: ids[19] }], cursor: null });
  });
});

test("storage is not asked for what cannot be an id", async () => {
  const head = vi.fn<() => Promise<null>>(async () => null);
  for (const text of ["", "none", `${id}0`, hash]) {
    expect(await findOriginal({ head } as unknown as R2Bucket, "tnt_x", text)).toBeNull();
  }
  expect(head).not.toHaveBeenCalled();
});
