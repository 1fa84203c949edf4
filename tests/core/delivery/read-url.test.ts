import { expect, test } from "vitest";
import { isOfDialect } from "../../../core/delivery/read-url.ts";

test.each([
  ["/_next/image", "url=%2Fa.jpg&w=96&q=75"],
  ["/_vercel/image", "url=%2Fa.jpg&w=96&q=75"],
  ["/_ipx/w_96/a.jpg", ""],
  ["/insecure/rs:fit:300/plain/https://www.example.com/a.jpg", ""],
  ["/account/img_1/public", ""],
  ["/a/b.jpg", "w=96"],
])("%s?%s may be a dialect's", (path, query) => {
  expect(isOfDialect({ path, query })).toBe(true);
});

test.each(["/favicon.ico", "/robots.txt", "/a.jpg", "/"])(
  "%s is no dialect's: imgix's URLs, which may have any path, have parameters",
  (path) => {
    expect(isOfDialect({ path, query: "" })).toBe(false);
  },
);
