import { expect, test } from "vitest";
import { newsKey, parseNewsKey } from "../../../core/ledger/news.ts";

const hour = Date.UTC(2026, 10, 20, 9);

test("a key of news says the hour and whose it is, and keys are in the order of the hours", () => {
  const key = newsKey(hour, "tnt_x/local/0");
  expect(key).toBe("news/2026-11-20T09/tnt_x/local/0");
  expect(parseNewsKey(key)).toEqual({ hour, tenant: "tnt_x" });
  expect(parseNewsKey(newsKey(hour, "tnt_x/local/12"))).toEqual({ hour, tenant: "tnt_x" });
  expect(newsKey(hour + 3_600_000, "tnt_a/local/0") > key).toBe(true);
});

test.each([
  "news/2026-11-20T09/tnt_x/local",
  "news/2026-11-20T09/tnt_x/local/0/1",
  "news/2026-11-20T09/tnt_x/local/zero",
  "news/2026-11-20T25/tnt_x/local/0",
  "news/2026-11-20T09:30/tnt_x/local/0",
  "news/yesterday/tnt_x/local/0",
  "old-news/2026-11-20T09/tnt_x/local/0",
  "news//tnt_x/local/0",
])("%s is no key of news", (key) => {
  expect(parseNewsKey(key)).toBeNull();
});
