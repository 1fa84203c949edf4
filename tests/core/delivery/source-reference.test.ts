import { expect, test } from "vitest";
import { parseSource, sourceName } from "../../../core/delivery/source-reference.ts";

const id = `img_${"0".repeat(26)}`;

test.each([
  [id, id],
  [`/${id}`, id],
  ["https://e.com/a?v=1", "https://e.com/a?v=1"],
  ["HTTPS:/e.com/a", "https://e.com/a"],
  ["a/b.jpg", "/a/b.jpg"],
  ["/a/https:/b", "/a/https:/b"],
])("the source %s is named %s", (text, name) => {
  const source = parseSource(text);
  expect(source.ok && sourceName(source.value)).toBe(name);
});

test.each([
  ["", "is missing"],
  ["/", "is missing"],
  ["//e.com/a", "must not name a host without its scheme"],
  ["ftp://e.com/a", "must be an http or https URL"],
  ["https://", "is not a URL that can be read"],
])("the source %j %s", (text, error) => {
  expect(parseSource(text)).toEqual({ ok: false, error });
});
