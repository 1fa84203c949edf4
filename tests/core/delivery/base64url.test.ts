import { expect, test } from "vitest";
import { base64UrlBytes } from "../../../core/delivery/base64url.ts";

test.each([
  ["aGk", "hi"],
  ["aGk=", "hi"],
  ["aA==", "h"],
])("%s is read, with its padding and without", (text, bytes) => {
  expect(Buffer.from(base64UrlBytes(text) ?? []).toString()).toBe(bytes);
});

test.each(["aA=aA", "aG k", "a+/k", "%%%"])("%s is not base64url", (text) => {
  expect(base64UrlBytes(text)).toBeNull();
});
