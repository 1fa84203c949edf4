import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  apiKeySecretBytes,
  hashApiKey,
  keyHint,
  mintApiKey,
  mintOperatorToken,
  parseApiKey,
  parseOperatorToken,
} from "../../../core/identity/api-key.ts";
import { crc32 } from "../../../core/crc32.ts";

const secrets = fc.uint8Array({ minLength: apiKeySecretBytes, maxLength: apiKeySecretBytes });
const keys = secrets.map(mintApiKey);
const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

describe("an API key", () => {
  test("is read back as itself, whatever its random bytes", () => {
    fc.assert(
      fc.property(keys, (key) => {
        expect(key).toMatch(/^ml_live_[0-9A-Za-z]{33}$/);
        expect(parseApiKey(key)).toEqual({ ok: true, value: key });
      }),
    );
  });

  test("differs whenever its random bytes differ", () => {
    fc.assert(
      fc.property(secrets, secrets, (one, other) => {
        expect(mintApiKey(one) === mintApiKey(other)).toBe(one.join() === other.join());
      }),
    );
  });

  test("with any one character mistyped is malformed", () => {
    const characters = `${alphabet}_- é`.split("");
    fc.assert(
      fc.property(keys, fc.nat(), fc.constantFrom(...characters), (key, place, typed) => {
        const index = place % key.length;
        fc.pre(key[index] !== typed);
        expect(parseApiKey(key.slice(0, index) + typed + key.slice(index + 1)).ok).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  test("with any two characters swapped is malformed", () => {
    fc.assert(
      fc.property(keys, fc.nat(), fc.nat(), (key, one, other) => {
        const characters = key.split("");
        const [a, b] = [one % key.length, other % key.length];
        fc.pre(characters[a] !== characters[b]);
        [characters[a], characters[b]] = [characters[b] ?? "", characters[a] ?? ""];
        expect(parseApiKey(characters.join("")).ok).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  test("with a character missing, doubled or added is malformed", () => {
    fc.assert(
      fc.property(keys, fc.nat(), (key, place) => {
        const index = place % key.length;
        expect(parseApiKey(key.slice(0, index) + key.slice(index + 1)).ok).toBe(false);
        expect(parseApiKey(key.slice(0, index + 1) + key.slice(index)).ok).toBe(false);
        expect(parseApiKey(`${key}\n`).ok).toBe(false);
        expect(parseApiKey(` ${key}`).ok).toBe(false);
      }),
    );
  });

  test("is made of exactly the random bytes it needs", () => {
    expect(() => mintApiKey(new Uint8Array(apiKeySecretBytes - 1))).toThrow(RangeError);
    expect(() => mintApiKey(new Uint8Array(apiKeySecretBytes + 1))).toThrow(RangeError);
  });

  test("keeps its form for good: keys in customers' hands must stay readable", () => {
    const key = mintApiKey(Uint8Array.from({ length: apiKeySecretBytes }, (_, index) => index));
    expect(key).toBe("ml_live_0029sS3yqsuDyR1vGFhTuuRAq1b2ifNFY");
    expect(hashApiKey(key)).toBe(
      "58d544f8035514b12fc66bd526e82f9e6ff8eb9e7a77594b3f6089e7158215a2",
    );
    expect(keyHint(key)).toBe("ml_live_…fNFY");
  });
});

test("an operator's token has a prefix of its own, so that neither passes for the other", () => {
  const secret = new Uint8Array(apiKeySecretBytes).fill(7);
  const [key, token] = [mintApiKey(secret), mintOperatorToken(secret)];
  expect(token).toMatch(/^ml_oper_[0-9A-Za-z]{33}$/);
  expect(parseOperatorToken(token)).toEqual({ ok: true, value: token });
  expect(parseApiKey(token)).toEqual({ ok: false, error: "malformed" });
  expect(parseOperatorToken(key)).toEqual({ ok: false, error: "malformed" });
});

test("crc32 agrees with the published check value", () => {
  expect(crc32(new TextEncoder().encode("123456789"))).toBe(0xcbf43926);
});
