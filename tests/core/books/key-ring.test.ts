import { describe, expect, test } from "vitest";
import { KeyRing } from "../../../core/books/key-ring.ts";
import { bytesOfHex, hexOf } from "../../../core/books/hex.ts";
import { signatureFault } from "../../../core/books/signature.ts";
import { withNewKey } from "../../../scripts/books/witness-keys.ts";

const one = withNewKey({ keys: [] }, 0);
const two = withNewKey(one, 1_900_000_000_000);
const ring = new KeyRing(JSON.stringify(one));
const [key] = one.keys;
const first = key ?? {};

describe("a key ring", () => {
  test("signs with its first key, and publishes no private part of any", async () => {
    const rotated = new KeyRing(JSON.stringify(two));
    const signature = await rotated.sign("text");
    expect(signature).toEqual({
      key: rotated.kid,
      signature: expect.stringMatching(/^[\w-]{86}$/),
    });
    expect(rotated.kid).toBe(two.keys[0]?.kid);
    expect(rotated.publicKeys.keys.map((each) => Object.keys(each).toSorted().join())).toEqual([
      "alg,crv,kid,kty,use,x",
      "alg,crv,kid,kty,retired,use,x",
    ]);
    expect(rotated.publicKeys.keys[0]).toMatchObject({ alg: "EdDSA", use: "sig", kty: "OKP" });
    expect(await rotated.faultOf("text", signature, Date.now())).toBeNull();
    expect(await rotated.faultOf("other", signature, Date.now())).toBe("bad-signature");
  });

  test("says what its keys are for where that is not the witness's log", () => {
    const receipts = new KeyRing(JSON.stringify(one), "RECEIPT_KEYS");
    expect(receipts.publicKeys.keys).toMatchObject([{ purpose: "receipts" }]);
    expect(ring.publicKeys.keys[0]).not.toHaveProperty("purpose");
  });

  test.each<[string, unknown]>([
    ["nothing", undefined],
    ["no JSON", "{"],
    ["no set", {}],
    ["an empty set", { keys: [] }],
    ["a public key", { keys: [{ ...first, d: undefined }] }],
    ["a retired one first", { keys: [{ ...first, retired: "2026-01-01T00:00:00.000Z" }] }],
    ["another kind", { keys: [{ ...first, kty: "RSA" }] }],
    ["another curve", { keys: [{ ...first, crv: "Ed448" }] }],
    ["no public part", { keys: [{ ...first, x: undefined }] }],
    ["no name", { keys: [{ ...first, kid: 1 }] }],
    ["an end that is no time", { keys: [first, { ...first, retired: "soon" }] }],
  ])("is none with %s", (_, secret) => {
    const text = typeof secret === "string" ? secret : secret && JSON.stringify(secret);
    expect(() => new KeyRing(text as string | undefined, "RECEIPT_KEYS")).toThrow(
      /^RECEIPT_KEYS must be a set of Ed25519 JWKs/,
    );
  });
});

test("an invalid private key fails when something is signed, and not before", async () => {
  const unheard: unknown[] = [];
  const note = (reason: unknown) => unheard.push(reason);
  process.on("unhandledRejection", note);
  const spoilt = new KeyRing(JSON.stringify({ keys: [{ ...first, d: "A" }] }));
  // By now the first import has failed too.
  const { kty, crv, x } = first as JsonWebKey;
  const again = crypto.subtle.importKey("jwk", { kty, crv, x, d: "A" }, "Ed25519", false, ["sign"]);
  await expect(again).rejects.toThrow();
  await new Promise(setImmediate);
  process.off("unhandledRejection", note);
  expect(unheard).toEqual([]);
  await expect(spoilt.sign("text")).rejects.toThrow();
});

test("a retired key holds until the moment at which it was replaced", async () => {
  const at = 1_900_000_000_000;
  const signature = await ring.sign("text");
  const retired = new Date(at).toISOString();
  const keys = ring.publicKeys.keys.map((each) => ({ ...each, retired }));
  expect(await signatureFault({ keys }, "text", signature, at)).toBeNull();
  expect(await signatureFault({ keys }, "text", signature, at + 1)).toBe("retired-key");
});

test.each([
  ["no base64url", "!".repeat(86)],
  ["of another length", "A".repeat(84)],
  ["of no length that base64url has", "A".repeat(85)],
  ["empty", ""],
])("a signature that is %s is bad", async (_, signature) => {
  const given = { key: ring.kid, signature };
  expect(await signatureFault(ring.publicKeys, "text", given, 0)).toBe("bad-signature");
});

test("a signature of a key that cannot be read is bad", async () => {
  const signature = await ring.sign("text");
  const keys = ring.publicKeys.keys.map((each) => ({ ...each, x: "A" }));
  expect(await signatureFault({ keys }, "text", signature, 0)).toBe("bad-signature");
});

test.each<[string, number[]]>([
  ["", []],
  ["00ff10", [0, 255, 16]],
])("%j in hex are the bytes %j, which are written so", (text, bytes) => {
  expect(bytesOfHex(text)).toEqual(Uint8Array.from(bytes));
  expect(hexOf(Uint8Array.from(bytes))).toBe(text);
});

test.each(["0", "0F", "0g", "x00", "00x"])("%j are no bytes in hex", (text) => {
  expect(bytesOfHex(text)).toBeNull();
});
