import { expect, test } from "vitest";
import { limits } from "../../../../core/limits.ts";
import {
  idempotencyKey,
  idempotencyOf,
  outputsAsked,
} from "../../../../workers/api/http/idempotency.ts";

const keyOf = (headers: Record<string, string>) => idempotencyKey(new Headers(headers));

test("a key is printable text of bounded length", () => {
  expect(keyOf({})).toEqual({ ok: true, value: null });
  const longest = "k".repeat(limits.idempotencyKeyCharsMax);
  for (const key of ["a", "a b~!", longest]) {
    expect(keyOf({ "Idempotency-Key": key })).toEqual({ ok: true, value: key });
  }
  for (const key of ["", `${longest}k`, "ü", "aü", "üa", "a\tb"]) {
    expect(keyOf({ "Idempotency-Key": key })).toMatchObject({
      ...{ ok: false, error: { code: "invalid-idempotency-key" } },
    });
  }
});

const picture = (content: number) => new Uint8Array([content]).buffer;
const fingerprint = (content: number, options: [string, string][], overlayDigest = "") =>
  idempotencyOf("k", { digest: picture(content), overlayDigest }, outputsAsked(options))
    ?.fingerprint;

test("the same picture and outputs are the same request, however they are spelt", () => {
  const one = fingerprint(1, [
    ["width", "10"],
    ["format", "webp"],
  ]);
  expect(one).toMatch(/[0-9a-f]{64}$/);
  expect(
    fingerprint(1, [
      ["format", "webp"],
      ["w", "10"],
    ]),
  ).toBe(one);
  expect(fingerprint(1, [["output", "width=10,format=webp"]])).toBe(one);
});

test("another picture, output or overlay is another request", () => {
  const prints = [
    fingerprint(1, [["width", "10"]]),
    fingerprint(2, [["width", "10"]]),
    fingerprint(1, [["width", "11"]]),
    fingerprint(1, [
      ["output", "width=10"],
      ["output", "width=10"],
    ]),
    fingerprint(1, [["width", "10"]], "aa"),
    fingerprint(1, [["width", "10"]], "bb"),
  ];
  expect(new Set(prints).size).toBe(prints.length);
});

test("without a key, or before the picture is hashed, there is nothing to compare", () => {
  expect(idempotencyOf(null, { digest: picture(1), overlayDigest: "" }, "")).toBeNull();
  expect(idempotencyOf("k", { digest: null, overlayDigest: "" }, "")).toBeNull();
  expect(outputsAsked([["width", "none"]])).toBe("");
});
