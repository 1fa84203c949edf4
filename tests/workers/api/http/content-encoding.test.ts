import { expect, test } from "vitest";
import { plainEncoding } from "../../../../workers/api/http/content-encoding.ts";

const encoded = (encoding: string) => plainEncoding(new Headers({ "Content-Encoding": encoding }));

test.each(["", "identity", " Identity "])("Content-Encoding: %j is taken", (encoding) => {
  expect(encoded(encoding).ok).toBe(true);
});

test("a body without Content-Encoding is taken", () => {
  expect(plainEncoding(new Headers()).ok).toBe(true);
});

test.each(["gzip", "br", "identity, gzip", "x"])("Content-Encoding: %s is refused", (encoding) => {
  expect(encoded(encoding)).toMatchObject({ error: { code: "unsupported-encoding", status: 415 } });
});
