import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import * as keys from "../../../../core/delivery/remote/fetched-keys.ts";
import {
  isKept,
  parseRecord,
  serializeRecord,
  type FetchedRecord,
} from "../../../../core/delivery/remote/fetched-record.ts";
import { limits } from "../../../../core/limits.ts";
import { pictureInfo } from "../../image/picture-info.ts";

const record: FetchedRecord = {
  hash: "5e".repeat(32),
  bytes: 7,
  info: pictureInfo({ format: "webp", hasAlpha: true }),
  from: "https://cdn.example.com/a.webp",
  etag: '"1"',
  lastModified: null,
  storedAt: 1_900_000_000_000,
  freshUntil: 1_900_000_060_000,
};

describe("what is known of a fetched URL", () => {
  test("is read back as it was written", () => {
    expect(parseRecord(serializeRecord(record))).toEqual({ v: 1, ...record });
  });

  test.each([
    ["v", 2],
    ["hash", "5e"],
    ["hash", `${"5e".repeat(32)}0`],
    ["hash", `0${"5e".repeat(32)}`],
    ["bytes", "7"],
    ["info", "{}"],
    ["info", undefined],
    ["from", "cdn"],
    ["etag", 1],
    ["storedAt", null],
  ])("is not read with %s %j: it is fetched again", (field, value) => {
    const written: unknown = JSON.parse(serializeRecord(record));
    expect(parseRecord(JSON.stringify({ ...(written as object), [field]: value }))).toBeNull();
  });

  test("that is no JSON is not read", () => {
    expect(parseRecord("{")).toBeNull();
  });

  test("is kept for as long as its bytes surely are", () => {
    const end = record.storedAt + limits.fetchedMillis;
    expect([isKept(record, end - 1), isKept(record, end)]).toEqual([true, false]);
  });
});

test("all that a tenant fetched lies under one prefix of its own, records apart from pictures", () => {
  const url = "https://cdn.example.com/a.webp";
  const hash = createHash("sha256").update(url).digest("hex");
  expect(keys.recordKey("tnt_a", url)).toBe(`fetched/tnt_a/urls/${hash}`);
  expect(keys.recordsPrefix("tnt_a")).toBe("fetched/tnt_a/urls/");
  expect(keys.fetchedKey("tnt_a", "5e")).toBe("fetched/tnt_a/pictures/5e");
  expect(keys.purgeMarkKey("tnt_a")).toBe("fetched/tnt_a/purged");
  expect(keys.purgeMarkKey("tnt_a", "summer")).toBe("fetched/tnt_a/purged/summer");
  expect(keys.fetchedPrefix("tnt_a")).toBe("fetched/tnt_a/");
});
