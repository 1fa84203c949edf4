import { describe, expect, test } from "vitest";
import * as z from "zod/mini";
import { changeOf, changeSettingsSchema } from "../../../core/delivery/change-settings.ts";
import {
  dialectsSchema,
  secretsOf,
  shownDialectsSchema,
} from "../../../core/delivery/dialect-settings.ts";
import {
  changedPart,
  changedSettings,
  defaultSettings,
  settingFields,
  shownSettings,
  storedSettingsSchema,
} from "../../../core/delivery/settings.ts";
import { sourceRules } from "../../../core/delivery/source-rules.ts";
import { limits } from "../../../core/limits.ts";

const change = (given: unknown, before = defaultSettings) => {
  const parsed = changeSettingsSchema.safeParse(given);
  return parsed.success
    ? changedSettings(before, changeOf(parsed.data))
    : parsed.error.issues[0]?.path.join(".");
};

test("what nobody has changed is public, kept for a day, and fetches nothing from elsewhere", () => {
  expect(defaultSettings).toEqual({
    mode: "public",
    presets: {},
    cacheSeconds: 86_400,
    sources: [],
    site: null,
    origins: null,
    avif: "later",
    dialects: {},
  });
});

test("the API document says of each setting what it means, and of shown keys that they are counted", () => {
  const documented = z.toJSONSchema(z.object({ ...settingFields, dialects: dialectsSchema }));
  expect(Object.keys(documented.properties ?? {}).toSorted()).toEqual(
    Object.keys(defaultSettings).toSorted(),
  );
  for (const property of Object.values(documented.properties ?? {})) {
    expect(property).toMatchObject({ description: expect.stringMatching(/\.$/) as string });
  }
  expect(z.toJSONSchema(shownDialectsSchema)).toMatchObject({
    properties: {
      imgproxy: { properties: { keys: { description: expect.stringContaining("How many") } } },
    },
  });
});

test("a change leaves the rest, and changes presets one by one", () => {
  const before = { ...defaultSettings, cacheSeconds: 60, presets: { a: "width=1", b: "width=2" } };
  expect(change({ mode: "signed", presets: { b: null, c: "f=webp,w=3" } }, before)).toEqual({
    mode: "signed",
    cacheSeconds: 60,
    sources: [],
    site: null,
    origins: null,
    avif: "later",
    dialects: {},
    presets: { a: "width=1", c: "width=3,format=webp" },
  });
  expect(change({}, before)).toEqual(before);
  expect(changedSettings(before, { mode: undefined })).toEqual(before);
});

test("a preset may have a name that every object has, and the trail says that it was not there", () => {
  const presets = { constructor: "width=1", toString: "width=2" };
  const after = { ...defaultSettings, presets };
  expect(change({ presets })).toEqual(after);
  expect(changedPart(after, defaultSettings)).toEqual({ presets });
  expect(changedPart(defaultSettings, after)).toEqual({
    presets: { constructor: null, toString: null },
  });
});

describe("what is taken", () => {
  const many = (count: number, text: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => text(index));
  const long = (chars: number) => `https://a.example/${"p".repeat(chars - 18)}`;

  test.each<Record<string, unknown>>([
    { mode: "presets" },
    { cacheSeconds: 0 },
    { cacheSeconds: limits.deliverySecondsMax },
    { avif: "wait" },
    { origins: null },
    { origins: [] },
    { origins: ["https://www.example.com", "http://localhost:3000"] },
    { origins: many(limits.deliveryOriginsMax, (index) => `https://a${index}.example`) },
    { site: null },
    { site: "http://www.example.com/media" },
    { sources: [] },
    { sources: ["cdn.example.com/a", "*.example.com", long(limits.deliverySourceCharsMax)] },
    { sources: many(limits.deliverySourcesMax, (index) => `a${index}.example`) },
    { dialects: {} },
    { dialects: { next: {}, vercel: {}, ipx: {}, astro: {} } },
    { dialects: { imagedelivery: {}, imgproxy: {}, imgix: {} } },
    {
      dialects: {
        imagedelivery: { keys: ["1", "2".repeat(limits.dialectSecretCharsMax)] },
        imgproxy: { keys: [{ key: "00ffAA", salt: "a0".repeat(64) }] },
        imgix: { tokens: ["1"] },
      },
    },
  ])("%j", (given) => {
    expect(change(given)).toEqual({ ...defaultSettings, ...given });
  });

  test.each<[string, unknown, string]>([
    ["a source", { sources: [long(limits.deliverySourceCharsMax + 1)] }, "sources.0"],
    ["an origin", { origins: [`https://${"a.".repeat(150)}example`] }, "origins.0"],
    [
      "origins",
      { origins: many(limits.deliveryOriginsMax + 1, () => "https://a.example") },
      "origins",
    ],
    [
      "a secret",
      { dialects: { imgix: { tokens: ["1".repeat(limits.dialectSecretCharsMax + 1)] } } },
      "dialects.imgix.tokens.0",
    ],
    [
      "a key in hex",
      {
        dialects: {
          imgproxy: { keys: [{ key: "0", salt: "0".repeat(limits.dialectSecretCharsMax + 2) }] },
        },
      },
      "dialects.imgproxy.keys.0.key",
    ],
  ])("up to a limit, beyond which %s is refused", (_, given, where) => {
    expect(change(given)).toBe(where);
  });
});

describe("what is refused", () => {
  test.each<[unknown, string]>([
    [{ mode: "open" }, "mode"],
    [{ presets: { card: "widht=1" } }, "presets.card"],
    [{ presets: { "a b": "width=1" } }, "presets.a b"],
    [{ cacheSeconds: -1 }, "cacheSeconds"],
    [{ cacheSeconds: limits.deliverySecondsMax + 1 }, "cacheSeconds"],
    [{ sources: ["http://10.0.0.1/"] }, "sources.0"],
    ...[
      "https://a.example/",
      "https://A.example",
      "https://a.example:443",
      "*",
      "null",
      "ftp://a",
      "ftp://http",
    ].map((text): [unknown, string] => [{ origins: [text] }, "origins.0"]),
    [
      { sources: Array.from({ length: limits.deliverySourcesMax + 1 }, () => "a.example") },
      "sources",
    ],
    [{ site: "www.example.com" }, "site"],
    [{ site: "https://*.example.com" }, "site"],
    [{ site: "www.example.com/https://a" }, "site"],
    [{ origins: "https://a.example" }, "origins"],
    [{ origins: ["https://user@a.example"] }, "origins.0"],
    [{ origins: ["xhttps://a.example"] }, "origins.0"],
    [{ site: "https://localhost" }, "site"],
    [{ avif: "never" }, "avif"],
    [{ dialects: { thumbor: {} } }, "dialects"],
    [{ dialects: { imgix: { tokens: [] } } }, "dialects.imgix.tokens"],
    [{ dialects: { imgix: { tokens: [""] } } }, "dialects.imgix.tokens.0"],
    [{ dialects: { imgproxy: { keys: [{ key: "00" }] } } }, "dialects.imgproxy.keys.0.salt"],
    [
      { dialects: { imgproxy: { keys: [{ key: "00", salt: "x0" }] } } },
      "dialects.imgproxy.keys.0.salt",
    ],
    [
      { dialects: { imgproxy: { keys: [{ key: "00", salt: "0x" }] } } },
      "dialects.imgproxy.keys.0.salt",
    ],
    [{ dialects: { next: { keys: ["1"] } } }, "dialects.next"],
    [{ dialects: { imgix: { tokens: ["1", "2", "3"] } } }, "dialects.imgix.tokens"],
    [
      { dialects: { imgproxy: { keys: [{ key: "abc", salt: "00" }] } } },
      "dialects.imgproxy.keys.0.key",
    ],
    [{ cache: 1 }, ""],
  ])("%j", (given, where) => {
    expect(change(given)).toBe(where);
  });

  test("more presets than may be", () => {
    const presets = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`p${index}`, "width=1"]));
    expect(change({ presets: presets(limits.presetsMax + 1) })).toBeNull();
    expect(change({ presets: presets(limits.presetsMax) })).toMatchObject({ mode: "public" });
  });

  test.each<[string, unknown, RegExp]>([
    ["a preset, by what is wrong with", { presets: { card: "widht=1" } }, /Did you mean width/],
    ["a preset's name, with", { presets: { "a b": "width=1" } }, /^A preset's name has .*\.$/],
    ["a source, with", { sources: ["a b"] }, /^The source can have only a scheme, .*: https:/],
    ["an origin, with", { origins: ["www.example.com"] }, /^An origin is .*: https:/],
    ["a site, with", { site: "www.example.com" }, /^Name one host with its scheme: https:/],
  ])("%s what it should be", (_, given, words) => {
    const { error } = changeSettingsSchema.safeParse(given);
    expect(error?.issues.map(({ message }) => message)).toEqual([expect.stringMatching(words)]);
  });
});

test("settings that another version wrote are read, with defaults for what it did not know", () => {
  const stored = { mode: "presets", added: true };
  expect(storedSettingsSchema.parse(stored)).toEqual({ ...defaultSettings, mode: "presets" });
});

test("people see of keys and tokens only how many there are, and fetching rules as they are", () => {
  const dialects = {
    next: {},
    imagedelivery: { keys: ["secret", "other"] },
    imgproxy: {},
    imgix: { tokens: ["secret"] },
  };
  const settings = { ...defaultSettings, dialects };
  expect(shownSettings(settings)).toEqual({
    ...defaultSettings,
    dialects: {
      next: {},
      imagedelivery: { keys: 2 },
      imgproxy: { keys: 0 },
      imgix: { keys: 1 },
    },
  });
  expect(shownSettings(defaultSettings).dialects).toEqual({});
  expect(shownDialectsSchema.parse(shownSettings(settings).dialects)).toEqual(
    shownSettings(settings).dialects,
  );
});

test("a dialect's URLs are checked with its own secrets", () => {
  const keys = [{ key: "00", salt: "01" }];
  expect(
    secretsOf({ imagedelivery: { keys: ["a"] }, imgproxy: { keys }, imgix: { tokens: ["b"] } }),
  ).toEqual({ imagedelivery: ["a"], imgproxy: keys, imgix: ["b"] });
  expect(secretsOf({ next: {}, imgix: {} })).toEqual({});
});

test("a tenant's pictures may be fetched from its sources and from its site", () => {
  const hosts = (sources: string[], site: string | null) =>
    sourceRules({ sources, site }, ["minilab.example"]).allowed.map(({ host }) => host);
  expect(hosts(["a.example", "not a source"], null)).toEqual(["a.example"]);
  expect(hosts(["a.example"], "https://www.example.com/media")).toEqual([
    "a.example",
    "www.example.com",
  ]);
  expect(sourceRules(defaultSettings, ["minilab.example"])).toEqual({
    allowed: [],
    ownHosts: ["minilab.example"],
  });
});
