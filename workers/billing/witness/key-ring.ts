import {
  signatureFault,
  type PublicKey,
  type PublicKeys,
  type Signature,
  type SignatureFault,
} from "../../../core/books/signature.ts";

/** Signs as the witness, and checks what it signed. */
export interface Witness {
  sign(text: string): Promise<Signature>;
  /** Null when the signature holds. `at`: when it says it was made, epoch milliseconds. */
  faultOf(text: string, signature: Signature, at: number): Promise<SignatureFault | null>;
}

/**
 * The secret `WITNESS_KEYS`: a JWK set whose first key signs. The others are the keys before it, each with the
 * time it was `retired`, so that what they signed can still be checked; their private part `d` may be gone.
 */
export class KeyRing implements Witness {
  readonly publicKeys: PublicKeys;
  readonly #signing: { readonly kid: string; readonly key: Promise<CryptoKey> };

  /** Throws when the secret is no such set. */
  constructor(secret: string | undefined) {
    const keys = parse(secret);
    const [first] = keys;
    if (typeof first?.d !== "string" || first.retired !== undefined) throw misconfigured();
    const { kty, crv, x, d } = first;
    const key = crypto.subtle.importKey("jwk", { kty, crv, x, d }, "Ed25519", false, ["sign"]);
    this.#signing = { kid: first.kid, key };
    this.publicKeys = { keys: keys.map(publicPart) };
  }

  async sign(text: string): Promise<Signature> {
    const { kid, key } = this.#signing;
    const signature = await crypto.subtle.sign(
      "Ed25519",
      await key,
      new TextEncoder().encode(text),
    );
    return { key: kid, signature: base64Url(new Uint8Array(signature)) };
  }

  faultOf(text: string, signature: Signature, at: number): Promise<SignatureFault | null> {
    return signatureFault(this.publicKeys, text, signature, at);
  }
}

type PrivateKey = PublicKey & { readonly d?: string };

function parse(secret: string | undefined): PrivateKey[] {
  try {
    const { keys } = JSON.parse(secret ?? "") as { keys: PrivateKey[] };
    const complete = keys.every(
      ({ kty, crv, x, kid, retired }) =>
        kty === "OKP" &&
        crv === "Ed25519" &&
        typeof x === "string" &&
        typeof kid === "string" &&
        (retired === undefined || Number.isFinite(Date.parse(retired))),
    );
    if (complete) return keys;
  } catch {
    // Said below, without the secret.
  }
  throw misconfigured();
}

function publicPart({ kty, crv, x, kid, retired }: PrivateKey): PublicKey {
  return { kty, crv, x, kid, alg: "EdDSA", use: "sig", ...(retired !== undefined && { retired }) };
}

const misconfigured = () =>
  new Error(
    "WITNESS_KEYS must be a set of Ed25519 JWKs whose first key signs: npm run books -- key",
  );

function base64Url(bytes: Uint8Array): string {
  const text = btoa(String.fromCharCode(...bytes));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
