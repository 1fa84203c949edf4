import { describe, expect, test } from "vitest";
import { changeOf, changeSettingsSchema } from "../../../core/delivery/change-settings.ts";
import {
  changedSettings,
  defaultSettings,
  storedSettingsSchema,
} from "../../../core/delivery/settings.ts";
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
    ].map((text): [unknown, string] => [{ origins: [text] }, "origins.0"]),
    [
      { sources: Array.from({ length: limits.deliverySourcesMax + 1 }, () => "a.example") },
      "sources",
    ],
    [{ site: "www.example.com" }, "site"],
    [{ site: "https://*.example.com" }, "site"],
    [{ dialects: { thumbor: {} } }, "dialects"],
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
    const presets = Object.fromEntries(
      Array.from({ length: limits.presetsMax + 1 }, (_, index) => [`p${index}`, "width=1"]),
    );
    expect(change({ presets })).toBeNull();
  });
});

test("settings that another version wrote are read, with defaults for what it did not know", () => {
  const stored = { mode: "presets", added: true };
  expect(storedSettingsSchema.parse(stored)).toEqual({ ...defaultSettings, mode: "presets" });
});
