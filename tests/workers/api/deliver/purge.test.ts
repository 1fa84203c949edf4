import { beforeEach, expect, test, vi } from "vitest";
import type { DeliveryProfile } from "../../../../core/delivery/profile.ts";
import {
  purgeMarkKey,
  recordKey,
  recordsPrefix,
} from "../../../../core/delivery/remote/fetched-keys.ts";
import { serializeRecord } from "../../../../core/delivery/remote/fetched-record.ts";
import { renditionOf } from "../../../../core/delivery/rendition.ts";
import { renditionsPrefix } from "../../../../core/delivery/storage-prefixes.ts";
import { defaultSettings } from "../../../../core/delivery/settings.ts";
import { outputFormats } from "../../../../core/image/formats.ts";
import { tenantIdSchema } from "../../../../core/identity/ids.ts";
import { plans } from "../../../../core/identity/tenant-limits.ts";
import { limits } from "../../../../core/limits.ts";
import { MINUTE } from "../../../../core/magnitudes.ts";
import { parseOptionList } from "../../../../core/transform/grammar.ts";
import { locationCache } from "../../../../workers/api/deliver/location-cache.ts";
import {
  purgeAll,
  purgeSource,
  purgeTag,
  purgeTransform,
} from "../../../../workers/api/deliver/purge.ts";
import { askAgain } from "../../../../workers/api/remote/open-remote.ts";
import type { Call } from "../../../../workers/api/route.ts";
import { pictureInfo } from "../../../core/image/picture-info.ts";
import { oneRegion } from "../../../one-region.ts";
import { PurgedPictures } from "./purged-pictures.ts";

vi.mock("../../../../workers/api/remote/open-remote.ts", { spy: true });

const tenant = tenantIdSchema.parse("tnt_01kam0000000000000000000p1");
const profile: DeliveryProfile = {
  tenant,
  limits: plans.custom,
  version: 1,
  status: "active",
  settings: { ...defaultSettings, site: "https://www.example.com" },
  signingKeys: [],
  home: null,
  shards: [{ shards: 1, since: 0 }],
};

let pictures: PurgedPictures;
let purged: { readonly call: Call; readonly profile: DeliveryProfile };
/** What copies at locations were told to have ended: of all sources, or of one. */
let ended: (string | undefined)[];

beforeEach(() => {
  pictures = new PurgedPictures(tenant);
  const call = { env: { FLEET: oneRegion(), PICTURES_LOCAL: pictures } } as unknown as Call;
  purged = { call, profile };
  ended = [];
  vi.restoreAllMocks();
  vi.mocked(askAgain).mockClear();
  vi.spyOn(locationCache, "end").mockImplementation((_, whose, hash) => {
    ended.push(whose === tenant ? hash : "of another tenant");
  });
});

const hashOf = (digit: string) => digit.repeat(64);
const rendition = (hash: string, digit = "1") =>
  `${renditionsPrefix(tenant, hash)}${digit.padStart(64, "0")}`;

function optionsOf(text: string) {
  const transform = parseOptionList(text);
  if (!transform.ok) throw new Error(text);
  return transform.value;
}

const made = (hash: string, text: string, format: (typeof outputFormats)[number]) =>
  renditionOf(tenant, hash, { ...optionsOf(text), format }).key;

const record = (hash: string) =>
  serializeRecord({
    hash,
    bytes: 1,
    info: pictureInfo({ width: 320, height: 240 }),
    from: "https://cdn.example.com/",
    etag: null,
    lastModified: null,
    storedAt: 0,
    freshUntil: 0,
  });

test("a purge of a stored source takes what was made of it until now, from storage and locations", async () => {
  const [id, other] = [hashOf("a"), hashOf("b")];
  pictures.put(rendition(id));
  pictures.put(rendition(id, "2"), "", new Date(Date.now() + 1000));
  pictures.put(rendition(other));
  await purgeSource(purged, { kind: "stored", id: `img_${id}` });
  // Nothing was fetched of it, so nothing is asked of an origin again.
  expect(pictures.left()).toEqual([rendition(id, "2"), rendition(other)]);
  expect(ended).toEqual([id]);
});

test.each([
  ["an address", { kind: "remote", url: new URL("https://www.example.com/p.jpg#top\nend") }],
  ["a path of the tenant's site", { kind: "path", path: "/p.jpg#top" }],
] as const)(
  "a purge of %s takes its record too, whatever its fragment is",
  async (_, reference) => {
    const key = recordKey(tenant, "https://www.example.com/p.jpg");
    pictures.put(key, record(hashOf("a")));
    pictures.put(rendition(hashOf("a")));
    pictures.put(rendition(hashOf("b")));
    await purgeSource(purged, reference);
    expect(pictures.left()).toEqual([rendition(hashOf("b"))]);
    expect(pictures.held.has(purgeMarkKey(tenant, key.slice(-64)))).toBe(true);
    // What its origin failed with is forgotten too.
    expect(askAgain).toHaveBeenCalledExactlyOnceWith(key);
    expect(ended).toEqual([hashOf("a")]);
  },
);

test("a purge of an address that failed half-way takes everything when it is asked for again", async () => {
  const reference = { kind: "remote", url: new URL("https://www.example.com/p.jpg") } as const;
  pictures.put(recordKey(tenant, reference.url.href), record(hashOf("a")));
  pictures.put(rendition(hashOf("a")));
  pictures.onDelete = () => {
    throw new Error("no answer");
  };
  await expect(purgeSource(purged, reference)).rejects.toThrow();
  pictures.onDelete = () => {};
  await purgeSource(purged, reference);
  expect(pictures.left()).toEqual([]);
  expect(ended).toEqual([hashOf("a")]);
});

test.each([-10, 10])(
  "what was made before a purge goes, and what is made meanwhile stays, where R2's clock is %i minutes ahead",
  async (minutes) => {
    const now = Date.now() + minutes * MINUTE;
    pictures.now = () => now;
    const url = "https://www.example.com/p.jpg";
    const hash = hashOf("a");
    const purges = [
      () => purgeSource(purged, { kind: "stored", id: `img_${hash}` }),
      () => purgeSource(purged, { kind: "remote", url: new URL(url) }),
      () => purgeTag(purged, "summer", null),
      () => purgeAll(purged, null),
    ];
    for (const purge of purges) {
      pictures.held.clear();
      pictures.tag(hash, "summer");
      pictures.put(recordKey(tenant, url), record(hash), new Date(0));
      pictures.put(rendition(hash, "1"), "", new Date(now - 1));
      pictures.put(rendition(hash, "2"), "", new Date(now));
      pictures.put(rendition(hash, "3"), "", new Date(now + 1));
      await purge();
      const left = pictures.left().filter((key) => key.startsWith("renditions/"));
      expect(left).toEqual([rendition(hash, "3")]);
    }
  },
);

test("purges of different things write different marks, since R2 takes one write a second under a key", async () => {
  const marks = () => [...pictures.held.keys()].filter((key) => key.includes("/purged"));
  const url = (path: string) => new URL(`https://www.example.com/${path}`);
  for (const path of ["a", "b"]) await purgeSource(purged, { kind: "remote", url: url(path) });
  for (const digit of ["a", "b"])
    await purgeSource(purged, { kind: "stored", id: `img_${hashOf(digit)}` });
  for (const tag of ["summer", "shoes"]) await purgeTag(purged, tag, null);
  await purgeAll(purged, null);
  expect(marks()).toHaveLength(7);
});

test("what was never fetched, or cannot be, is purged without failure and ends no copies", async () => {
  await purgeSource(purged, { kind: "remote", url: new URL("https://cdn.example.com/p.jpg") });
  pictures.put(recordKey(tenant, "https://cdn.example.com/q.jpg"), "of another version");
  await purgeSource(purged, { kind: "remote", url: new URL("https://cdn.example.com/q.jpg") });
  expect(pictures.left()).toEqual([]);
  const siteless = { ...profile, settings: defaultSettings };
  await purgeSource({ ...purged, profile: siteless }, { kind: "path", path: "/p.jpg" });
  expect(ended).toEqual([]);
});

test("a purge of everything takes renditions, then records, and ends all copies once it is through", async () => {
  const count = limits.purgePagesMax + 1;
  const at = (index: number) => String(1000 + index);
  for (let index = 0; index < count; index++) {
    pictures.put(rendition(hashOf("a"), at(index)));
    pictures.put(`${recordsPrefix(tenant)}${at(index)}`);
  }
  pictures.page = 1;
  const first = await purgeAll(purged, null);
  expect(first).toMatchObject({ kind: "rendition" });
  expect(pictures.held.has(purgeMarkKey(tenant))).toBe(true);
  pictures.held.delete(purgeMarkKey(tenant));
  const second = await purgeAll(purged, first);
  expect(second).toMatchObject({ kind: "record", beganAt: first?.beganAt });
  expect(pictures.left()).toEqual([`${recordsPrefix(tenant)}${at(count - 1)}`]);
  expect(ended).toEqual([]);
  expect(await purgeAll(purged, second)).toBeNull();
  // The mark was set once, when the purge began.
  expect([...pictures.held.keys()]).toEqual([]);
  expect(askAgain).toHaveBeenCalledExactlyOnceWith(recordsPrefix(tenant));
  expect(ended).toEqual([undefined]);
});

test("a purge of everything leaves what was stored since it began, and does not look at what is behind it", async () => {
  const [early, late] = [rendition(hashOf("a")), rendition(hashOf("c"))];
  pictures.put(early, "", new Date(0));
  pictures.put(late, "", new Date(5000));
  pictures.put(`${recordsPrefix(tenant)}a`, "", new Date(0));
  const after = `${hashOf("b")}/`;
  expect(await purgeAll(purged, { kind: "rendition", beganAt: 5000, after })).toBeNull();
  expect(pictures.left()).toEqual([early, late]);
  expect(await purgeAll(purged, { kind: "rendition", beganAt: 5001, after: "" })).toBeNull();
  expect(pictures.left()).toEqual([]);
});

test("a purge of records does not go through the renditions", async () => {
  pictures.put(rendition(hashOf("a")));
  pictures.put(`${recordsPrefix(tenant)}a`);
  expect(await purgeAll(purged, { kind: "record", beganAt: Date.now(), after: "" })).toBeNull();
  expect(pictures.left()).toEqual([rendition(hashOf("a"))]);
});

test("a purge of what a transform made takes its format alone, or each where it has none", async () => {
  for (const hash of [hashOf("a"), hashOf("b")])
    for (const format of outputFormats) pictures.put(made(hash, "width=10", format));
  const others = [made(hashOf("a"), "width=11", "webp")];
  for (const key of others) pictures.put(key);
  expect(await purgeTransform(purged, optionsOf("width=10,format=webp"), "")).toBeNull();
  const left = (hash: string) =>
    outputFormats.filter((format) => pictures.held.has(made(hash, "width=10", format)));
  const without = outputFormats.filter((format) => format !== "webp");
  expect([left(hashOf("a")), left(hashOf("b"))]).toEqual([without, without]);
  await purgeTransform(purged, optionsOf("width=10"), `${hashOf("a")}/${"f".repeat(64)}`);
  expect([left(hashOf("a")), left(hashOf("b"))]).toEqual([without, []]);
  await purgeTransform(purged, optionsOf("width=10"), "");
  expect(pictures.left()).toEqual(others);
  expect(ended).toEqual([undefined, undefined, undefined]);
});

test("a purge of what a transform made stops after so many pages, and says where", async () => {
  const count = limits.purgePresetPagesMax + 1;
  const hashes = Array.from({ length: count }, (_, at) => String(1000 + at).padStart(64, "0"));
  for (const hash of hashes) pictures.put(made(hash, "width=10", "webp"));
  pictures.page = 1;
  const next = await purgeTransform(purged, optionsOf("width=10"), "");
  expect(next?.split("/")[0]).toBe(hashes.at(-2));
  expect(pictures.left()).toHaveLength(1);
});

test("a purge by tag takes what was made until now of pictures that have it, and ends their copies alone", async () => {
  pictures.tag(hashOf("a"), "summer", "shoes");
  pictures.tag(hashOf("b"), "shoes");
  pictures.tag(hashOf("c"), "summer");
  for (const digit of ["a", "b", "c"]) pictures.put(rendition(hashOf(digit)));
  pictures.put(rendition(hashOf("a"), "2"), "", new Date(Date.now() + 1000));
  pictures.page = 1;
  expect(await purgeTag(purged, "summer", null)).toBeNull();
  const renditions = () => pictures.left().filter((key) => key.startsWith("renditions/"));
  expect(renditions()).toEqual([rendition(hashOf("b")), rendition(hashOf("a"), "2")]);
  expect(ended).toEqual([hashOf("a"), hashOf("c")]);
  const cursor = { beganAt: Date.now(), after: hashOf("a") };
  expect(await purgeTag(purged, "shoes", cursor)).toBeNull();
  expect(renditions()).toEqual([rendition(hashOf("a"), "2")]);
});

test("a purge by tag stops after so many pictures, or so many pages, and says behind which", async () => {
  const hashes = Array.from({ length: limits.purgeTaggedMax + 2 }, (_, at) =>
    String(1000 + at).padStart(64, "0"),
  );
  for (const hash of hashes) pictures.tag(hash, "summer");
  const next = await purgeTag(purged, "summer", null);
  expect(next?.after).toBe(hashes[limits.purgeTaggedMax - 1]);
  expect(ended).toHaveLength(limits.purgeTaggedMax);
  expect(await purgeTag(purged, "summer", next)).toBeNull();
  pictures.page = 1;
  const winter = await purgeTag(purged, "winter", null);
  expect(winter?.after).toBe(hashes[limits.purgePagesMax - 1]);
});

test("a purge by tag that goes on leaves what was made since it began", async () => {
  let now = Date.now();
  pictures.now = () => now;
  const hashes = Array.from({ length: limits.purgeTaggedMax + 1 }, (_, at) =>
    String(1000 + at).padStart(64, "0"),
  );
  const last = hashes.at(-1) ?? "";
  for (const hash of hashes) pictures.tag(hash, "summer");
  pictures.put(rendition(last, "1"));
  const next = await purgeTag(purged, "summer", null);
  now += 1000;
  pictures.put(rendition(last, "2"), "", new Date(now));
  now += 1000;
  expect(await purgeTag(purged, "summer", next)).toBeNull();
  expect(pictures.left().filter((key) => key.startsWith("renditions/"))).toEqual([
    rendition(last, "2"),
  ]);
});
