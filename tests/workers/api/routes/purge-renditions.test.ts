import { beforeEach, expect, test } from "vitest";
import { profileKey, serializeProfile } from "../../../../core/delivery/profile.ts";
import type { DeliveryProfile } from "../../../../core/delivery/profile.ts";
import { recordKey } from "../../../../core/delivery/remote/fetched-keys.ts";
import { serializeRecord } from "../../../../core/delivery/remote/fetched-record.ts";
import { renditionOf } from "../../../../core/delivery/rendition.ts";
import { renditionsPrefix } from "../../../../core/delivery/storage-prefixes.ts";
import { defaultSettings } from "../../../../core/delivery/settings.ts";
import { outputFormats } from "../../../../core/image/formats.ts";
import { pictureInfo } from "../../../core/image/picture-info.ts";
import { plans } from "../../../../core/identity/tenant-limits.ts";
import { parseOptionList } from "../../../../core/transform/grammar.ts";
import { limits } from "../../../../core/limits.ts";
import type { Call } from "../../../../workers/api/route.ts";
import { purgeRenditions } from "../../../../workers/api/routes/delivery/purge-renditions.ts";
import { oneRegion } from "../../../one-region.ts";
import { PurgedPictures } from "../deliver/purged-pictures.ts";
import { identity } from "../identity/door.ts";

const { tenant } = identity;
const by = { ...identity, actor: identity.key, from: null };
const profile: DeliveryProfile = {
  tenant,
  limits: plans.custom,
  version: 1,
  status: "active",
  settings: {
    ...defaultSettings,
    sources: ["https://cdn.example.com"],
    presets: { card: "width=10" },
  },
  signingKeys: [],
  home: null,
  shards: [{ shards: 1, since: 0 }],
};
const hash = "a".repeat(64);
const rendition = (digit: string) => `${renditionsPrefix(tenant, hash)}${digit.padStart(64, "0")}`;
const info = pictureInfo({ width: 320, height: 240 });
const record = serializeRecord({
  hash,
  bytes: 1,
  info,
  from: "https://cdn.example.com/",
  etag: null,
  lastModified: null,
  storedAt: 0,
  freshUntil: 0,
});

let pictures = new PurgedPictures(tenant);
beforeEach(() => {
  pictures = new PurgedPictures(tenant);
});

async function purge(query: string): Promise<unknown> {
  const env = {
    FLEET: oneRegion(),
    IDENTITY: {
      get: async (key: string) => (key === profileKey(tenant) ? serializeProfile(profile) : null),
    },
    DIRECTORY: { getByName: () => ({ deliveryProfile: async () => null }) },
    PICTURES_LOCAL: pictures,
  };
  const call = {
    url: new URL(`https://img.example.com/v1/renditions${query}`),
    env,
    ctx: { waitUntil: () => undefined },
  };
  const response = await purgeRenditions.handle(call as unknown as Call, by);
  return response.json();
}

test.each([
  ["a preset's cursor without its preset", `?cursor=preset_${hash}/${hash}`, "cursor"],
  ["an empty cursor", "?cursor=", "cursor"],
  ["a cursor of a whole purge for a preset", `?preset=card&cursor=rendition_1_${hash}`, "cursor"],
  ["a cursor for a source", `?source=img_${hash}&cursor=tag_1_${hash}`, "cursor"],
  ["a source and a preset", `?source=img_${hash}&preset=card`, "preset"],
  ["two sources", `?source=img_${hash}&source=img_${hash}`, "source"],
  ["two presets", "?preset=card&preset=card", "preset"],
  ["a preset and a tag", `?preset=card&tag=a`, "tag"],
  ["a tag's cursor for a preset", `?preset=card&cursor=tag_1_${hash}`, "cursor"],
  ["a tag's cursor that does not say when it began", `?tag=a&cursor=tag_${hash}`, "cursor"],
  ["no tag", "?tag=", "tag"],
  ["a parameter that there is not", `?sources=img_${hash}`, "sources"],
  ["a cursor that says more before", `?preset=card&cursor=xpreset_${hash}/${hash}`, "cursor"],
  ["a cursor that says more after", `?preset=card&cursor=preset_${hash}/${hash}0`, "cursor"],
  ["a tag's cursor that says more before", `?tag=a&cursor=xtag_${hash}`, "cursor"],
  ["a tag's cursor that says more after", `?tag=a&cursor=tag_${hash}0`, "cursor"],
  ["a whole purge's cursor that says more before", `?cursor=xrecord_1_${hash}`, "cursor"],
  ["a whole purge's cursor that says more after", `?cursor=record_1_${hash}x`, "cursor"],
  ["two cursors", `?preset=card&cursor=x&cursor=y`, "cursor"],
])("%s is refused, and nothing is removed", async (_, query, option) => {
  pictures.put(rendition("1"));
  expect(await purge(query)).toMatchObject({ type: expect.stringContaining("invalid-option") });
  expect(await purge(query)).toMatchObject({ option });
  expect(pictures.held.size).toBe(1);
});

test("a purge of everything ends, and leaves what is made while it goes on", async () => {
  const made = ["1", "2", "3", "4"].map(rendition);
  for (const key of made) pictures.put(key);
  pictures.put(recordKey(tenant, "https://cdn.example.com/"), record);
  pictures.page = 2;
  // All that was removed is asked for, and made, at once.
  pictures.onDelete = () => {
    for (const key of made) {
      if (!pictures.held.has(key)) pictures.put(key, "new", new Date(Date.now() + 1000));
    }
  };
  expect(await purge("")).toEqual({ cursor: null });
  const left = pictures.left().map((key) => `${pictures.held.get(key)?.text} ${key}`);
  expect(left.toSorted()).toEqual(made.map((key) => `new ${key}`));
});

test("one that is more than one call may do goes on where it was, with what it began with", async () => {
  const digits = Array.from({ length: limits.purgePagesMax + 1 }, (_, at) => String(1000 + at));
  for (const digit of digits) pictures.put(rendition(digit));
  pictures.page = 1;
  const { cursor } = (await purge("")) as { cursor: string };
  expect(pictures.left()).toEqual([rendition(digits.at(-1) ?? "")]);
  const beganAt = Number(cursor.split("_")[1]);
  pictures.put(rendition("1000"), "before where it is");
  pictures.put(rendition("2000"), "made since", new Date(beganAt));
  expect(await purge(`?cursor=${cursor}`)).toEqual({ cursor: null });
  expect(pictures.left().map((key) => pictures.held.get(key)?.text)).toEqual([
    "before where it is",
    "made since",
  ]);
});

test("one that is through with renditions goes on with records", async () => {
  pictures.put(rendition("1"));
  pictures.put(recordKey(tenant, "https://cdn.example.com/"), record);
  expect(await purge(`?cursor=record_${Date.now()}_0`)).toEqual({ cursor: null });
  expect(pictures.left()).toEqual([rendition("1")]);
});

test("a source with a plus is found as it stands in a delivered URL", async () => {
  const url = "https://cdn.example.com/a+b.jpg";
  pictures.put(recordKey(tenant, url), record);
  pictures.put(rendition("1"));
  expect(await purge(`?source=${url}`)).toEqual({ cursor: null });
  expect(pictures.left()).toEqual([]);
});

test.each([
  ["encoded", encodeURIComponent],
  ["with its question mark encoded alone", (url: string) => url.replace("?", "%3F")],
])("a source is found as it stands in a delivered URL, %s", async (_, written) => {
  const url = "https://cdn.example.com/a.jpg?v=1";
  pictures.put(recordKey(tenant, url), record);
  pictures.put(rendition("1"));
  expect(await purge(`?source=${encodeURIComponent(written(url))}`)).toEqual({ cursor: null });
  expect(pictures.left()).toEqual([]);
});

test.each(["/a.jpg", "images/a.jpg", "https%253A%252F%252Fcdn.example.com%252F%25zz"])(
  "%s, of which no delivered URL can be, is refused: nobody takes it for purged",
  async (source) => {
    expect(await purge(`?source=${source}`)).toMatchObject({
      code: "invalid-option",
      option: "source",
    });
  },
);

test("a purge of a source on another host that failed half-way can be asked for again", async () => {
  const url = "https://cdn.example.com/a.jpg";
  pictures.put(recordKey(tenant, url), record);
  pictures.put(rendition("1"));
  pictures.listings = 500;
  await expect(purge(`?source=${url}`)).rejects.toThrow("storage");
  pictures.listings = 0;
  expect(await purge(`?source=${url}`)).toEqual({ cursor: null });
  expect(pictures.left()).toEqual([]);
});

const hashOf = (digit: string) => digit.repeat(64);
const made = (sourceHash: string, options: string) => {
  const transform = parseOptionList(options);
  if (!transform.ok || transform.value.format === "auto") throw new Error("name a format");
  const { format } = transform.value;
  return renditionOf(tenant, sourceHash, { ...transform.value, format }).key;
};

test("a purge by preset finds what was made of sources that are gone, in every format, and nothing else", async () => {
  // No original and no record of one on another host is there.
  const meant = outputFormats.map((format) => made(hashOf("b"), `width=10,format=${format}`));
  const others = [
    made(hashOf("b"), "width=11,format=webp"),
    made(hashOf("c"), "width=9,format=avif"),
  ];
  for (const key of [...meant, ...others]) pictures.put(key);
  pictures.page = 2;
  expect(await purge("?preset=card")).toEqual({ cursor: null });
  expect([...pictures.held.keys()].toSorted()).toEqual(others.toSorted());
});

test("one that is more than one call may do goes on with its cursor", async () => {
  const digits = Array.from({ length: limits.purgePresetPagesMax + 1 }, (_, at) =>
    String(1000 + at).padStart(64, "0"),
  );
  for (const digest of digits) pictures.put(made(digest, "width=10,format=webp"));
  pictures.page = 1;
  const { cursor } = (await purge("?preset=card")) as { cursor: string };
  expect(pictures.held.size).toBe(1);
  expect(await purge(`?preset=card&cursor=${cursor}`)).toEqual({ cursor: null });
  expect(pictures.held.size).toBe(0);
});

test("a purge by tag removes what was made of each picture that has it, however many there are", async () => {
  const hashes = Array.from({ length: limits.purgeTaggedMax + 1 }, (_, at) =>
    String(1000 + at).padStart(64, "0"),
  );
  pictures.tag(hashOf("a"), "summer");
  pictures.tag(hashOf("b"), "shoes");
  const others = [
    made(hashOf("b"), "width=1,format=webp"),
    made(hashOf("c"), "width=1,format=webp"),
  ];
  for (const key of others) pictures.put(key);
  for (const each of hashes) {
    pictures.tag(each, "shoes", "summer");
    pictures.put(made(each, "width=1,format=webp"));
    pictures.put(made(each, "width=2,format=avif"));
  }
  const renditions = () => [...pictures.held.keys()].filter((key) => key.startsWith("renditions/"));
  const { cursor } = (await purge("?tag=summer")) as { cursor: string };
  expect(cursor).toMatch(new RegExp(`^tag_\\d+_${hashes.at(-2)}$`));
  expect(renditions()).toHaveLength(2 + others.length);
  expect(await purge(`?tag=summer&cursor=${cursor}`)).toEqual({ cursor: null });
  expect(renditions().toSorted()).toEqual(others.toSorted());
  expect(await purge("?tag=unknown")).toEqual({ cursor: null });
});
