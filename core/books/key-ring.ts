import {
  signatureFault,
  type PublicKey,
  type PublicKeys,
  type Signature,
  type SignatureFault,
} from "./signature.ts";

/** Signs as the witness, and checks what it signed. */
export interface Witness {
  sign(text: string): Promise<Signature>;
  /** Null when the signature holds. `at`: when it says it was made, epoch milliseconds. */
  faultOf(text: string, signature: Signature, at: number): Promise<SignatureFault | null>;
}

/** The secrets that hold keys, and what their keys are for; null: the witness. */
const purposes = { WITNESS_KEYS: null, RECEIPT_KEYS: "receipts" } as const;

/**
 * One of these secrets: a JWK set whose first key signs. The others are the keys before it, each with the
 * time it was `retired`, so that what they signed can still be checked; their private part `d` may be gone.
 */
export class KeyRing implements Witness {
  readonly publicKeys: PublicKeys;
  /** The `kid` of the key that signs. */
  readonly kid: string;
  // oxlint-disable-next-line no-restricted-globals
  readonly #key: ReturnType<typeof crypto.subtle.importKey>;

  /** Throws when the secret is not such a set. */
  constructor(secret: string | undefined, name: keyof typeof purposes = "WITNESS_KEYS") {
    const keys = parse(secret);
    const [first] = keys ?? [];
    if (!keys || typeof first?.d !== "string" || first.retired !== undefined) {
      throw new Error(
        `${name} must be a set of Ed25519 JWKs whose first key signs: npm run books -- key`,
      );
    }
    const { kty, crv, x, d } = first;
    this.kid = first.kid;
    // Ed25519 signs without randomness.
    // oxlint-disable-next-line no-restricted-globals
    this.#key = crypto.subtle.importKey("jwk", { kty, crv, x, d }, "Ed25519", false, ["sign"]);
    // An invalid key is reported when something is to be signed with it.
    this.#key.catch(() => undefined);
    const purpose = purposes[name];
    const published = (key: PrivateKey) => ({ ...publicPart(key), ...(purpose && { purpose }) });
    this.publicKeys = { keys: keys.map(published) };
  }

  async sign(text: string): Promise<Signature> {
    const signed = new TextEncoder().encode(text);
    // oxlint-disable-next-line no-restricted-globals
    const signature = await crypto.subtle.sign("Ed25519", await this.#key, signed);
    return { key: this.kid, signature: base64Url(new Uint8Array(signature)) };
  }

  faultOf(text: string, signature: Signature, at: number): Promise<SignatureFault | null> {
    return signatureFault(this.publicKeys, text, signature, at);
  }
}

type PrivateKey = PublicKey & { readonly d?: string };

function parse(secret: string | undefined): PrivateKey[] | null {
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
    return complete ? keys : null;
  } catch {
    return null;
  }
}

function publicPart({ kty, crv, x, kid, retired }: PrivateKey): PublicKey {
  return { kty, crv, x, kid, alg: "EdDSA", use: "sig", ...(retired !== undefined && { retired }) };
}

function base64Url(bytes: Uint8Array): string {
  const text = btoa(String.fromCharCode(...bytes));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
