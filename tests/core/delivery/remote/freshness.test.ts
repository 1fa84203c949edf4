import { expect, test } from "vitest";
import { freshSeconds, validatorsOf } from "../../../../core/delivery/remote/freshness.ts";
import { limits } from "../../../../core/limits.ts";

const { remoteFreshSecondsMin: min, remoteFreshSecondsMax: max } = limits;
const date = "Wed, 21 Oct 2026 07:28:00 GMT";
const longest = `"${"a".repeat(limits.etagCharsMax - 2)}"`;
const anHourLater = "Wed, 21 Oct 2026 08:28:00 GMT";

test.each([
  [{}, limits.remoteFreshSecondsDefault],
  [{ cacheControl: "public, max-age=600" }, 600],
  [{ cacheControl: 'max-age="600"' }, 600],
  [{ cacheControl: "max-age=600, S-MaxAge=900" }, 900],
  [{ cacheControl: "max-age= 600 " }, 600],
  [{ cacheControl: "max-age=600s", expires: anHourLater, date }, 3600],
  [{ cacheControl: "max-age=600", age: "100" }, 500],
  [{ cacheControl: "max-age=600", age: "1000" }, min],
  [{ cacheControl: "max-age=600, no-cache" }, min],
  [{ cacheControl: "no-store" }, min],
  [{ cacheControl: "private, max-age=600" }, min],
  [{ cacheControl: "max-age=1" }, min],
  [{ cacheControl: "max-age=31536000" }, max],
  [{ cacheControl: "max-age=600", expires: date, date }, 600],
  [{ expires: anHourLater, date }, 3600],
  [{ expires: "0", date }, min],
  [{ expires: anHourLater }, min],
  [{ cacheControl: "max-age=-1", expires: anHourLater, date }, 3600],
])("an origin that says %j is asked again after %i s", (said, seconds) => {
  const silent = { cacheControl: null, expires: null, date: null, age: null };
  expect(freshSeconds({ ...silent, ...said })).toBe(seconds);
});

test.each([
  ['"a1"', date, { etag: '"a1"', lastModified: date }],
  ['W/"a1"', null, { etag: 'W/"a1"', lastModified: null }],
  ["a1", "yesterday", { etag: null, lastModified: null }],
  [null, `x${date}`, { etag: null, lastModified: null }],
  [null, `${date}x`, { etag: null, lastModified: null }],
  ['"a"b"', null, { etag: null, lastModified: null }],
  [null, null, { etag: null, lastModified: null }],
  [longest, null, { etag: longest, lastModified: null }],
  [`"${"a".repeat(limits.etagCharsMax)}"`, null, { etag: null, lastModified: null }],
])("of ETag %s and Last-Modified %s only what has their form is kept", (etag, modified, kept) => {
  expect(validatorsOf(etag, modified)).toEqual(kept);
});
