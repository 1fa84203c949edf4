import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isAdmin, refusePlaceholder } from "../../../core/identity/admin-token.ts";
import { bearerToken } from "../../../core/identity/bearer.ts";

const token = "8f1c0d2e9ab3475f6671c0de42ba9d31";

describe("the bearer token", () => {
  test.each([
    ["Bearer abc", "abc"],
    ["bearer abc", "abc"],
    ["BEARER   abc", "abc"],
    ["Bearer a-b._~+/c==", "a-b._~+/c=="],
    [null, null],
    ["", null],
    ["Bearer", null],
    ["Bearer ", null],
    ["Bearer a b", null],
    ["Bearer abc ", null],
    ["Basic abc", null],
    ["XBearer abc", null],
    ["abc", null],
  ])("of %j is %j", (authorization, expected) => {
    expect(bearerToken(authorization)).toBe(expected);
  });
});

describe("the admin", () => {
  test.each([
    ["the token itself", `Bearer ${token}`, true],
    ["nothing", null, false],
    ["an empty token", "Bearer ", false],
    ["the token under another scheme", `Basic ${token}`, false],
    ["a beginning of it", `Bearer ${token.slice(0, -1)}`, false],
    ["more than it", `Bearer ${token}0`, false],
    ["another letter case", `Bearer ${token.toUpperCase()}`, false],
  ])("is known by %s: %#", (_, authorization, expected) => {
    expect(isAdmin(authorization, token)).toBe(expected);
  });

  test("is nobody with any other token", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9a-f]{32}$/), (other) => {
        expect(isAdmin(`Bearer ${other}`, token)).toBe(other === token);
      }),
      { numRuns: 2000 },
    );
  });

  test("is nobody while the token is empty", () => {
    expect(isAdmin(null, "")).toBe(false);
    expect(isAdmin("Bearer ", "")).toBe(false);
  });
});

describe("a secret", () => {
  test.each([
    ["missing", undefined, "is not set"],
    ["empty", "", "is not set"],
    ["short", "8f1c0d2e9ab3475f6671c0de42ba9d3", "is too short (31 characters)"],
    ["a plea", "please-ChangeMe-before-going-to-production", "looks like a placeholder"],
    ["a name", "your-token-goes-here-0123456789abcdef", "looks like a placeholder"],
    ["a name in one word", "yourtokengoeshere-0123456789-abcdefgh", "looks like a placeholder"],
    ["a word", "my-very-long-but-guessable-secret-1", "looks like a placeholder"],
    ["one character", "x".repeat(40), "repeats itself"],
    ["a pattern", "0123456789abcdef".repeat(2), "repeats itself"],
    ["a pattern three times over", "0123456789abc".repeat(3), "repeats itself"],
    ["few characters", "abcabcaabbccabcabcaabbccabcabcaabbcca", "repeats itself"],
  ])("that is %s is refused, naming the variable but never the value", (_, value, fault) => {
    const refused = refusePlaceholder("ADMIN_TOKEN", value);
    expect(refused).toEqual({
      ok: false,
      error: `ADMIN_TOKEN ${fault}. Set it to 32 or more random characters.`,
    });
  });

  test("of seven different characters is accepted, if only just", () => {
    const value = "abcdefgabcdefggfedcbaabcdefgcabd";
    expect(refusePlaceholder("ADMIN_TOKEN", value)).toEqual({ ok: true, value });
  });

  test("of random bytes is accepted, in hex and in base 64", () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const random = createHash("sha256").update(`${seed}`);
        for (const text of [random.copy().digest("hex"), random.digest("base64url")]) {
          expect(refusePlaceholder("ADMIN_TOKEN", text)).toEqual({ ok: true, value: text });
        }
      }),
    );
  });
});
