/**
 * Ed25519 signatures (RFC 8032) and their public keys as JWKs (RFC 8037), by Web Crypto. What is signed is
 * text, so that anybody can rebuild it with any language's JSON.
 */

/** A public key. `kid` is its RFC 7638 thumbprint. */
export interface PublicKey {
  readonly kty: "OKP";
  readonly crv: "Ed25519";
  readonly x: string;
  readonly kid: string;
  readonly alg: "EdDSA";
  readonly use: "sig";
  /** Nothing that claims a later time counts: the key was replaced then. ISO 8601; absent while it signs. */
  readonly retired?: string;
  /** What else than the witness's log it is for: it signs nothing else. */
  readonly purpose?: "receipts";
}

/** A JWK set (RFC 7517 §5): the key that signs now, and those that did. */
export interface PublicKeys {
  readonly keys: readonly PublicKey[];
}

export interface Signature {
  /** The `kid` of the key. */
  readonly key: string;
  /** Base64url, 64 bytes. */
  readonly signature: string;
}

export type SignatureFault = "unknown-key" | "retired-key" | "bad-signature";

/** Why the signature of `text`, said to be from `at` (epoch milliseconds), does not hold; null: it does. */
export async function signatureFault(
  { keys }: PublicKeys,
  text: string,
  { key, signature }: Signature,
  at: number,
): Promise<SignatureFault | null> {
  const known = keys.find(({ kid }) => kid === key);
  if (!known) return "unknown-key";
  if (known.retired !== undefined && at > Date.parse(known.retired)) return "retired-key";
  const bytes = base64UrlBytes(signature);
  if (bytes?.length !== 64) return "bad-signature";
  const { kty, crv, x } = known;
  // Checking a signature is pure; core may not make random bytes.
  // oxlint-disable-next-line no-restricted-globals
  const { subtle } = crypto;
  try {
    const imported = await subtle.importKey("jwk", { kty, crv, x }, "Ed25519", false, ["verify"]);
    const signed = new TextEncoder().encode(text);
    const holds = await subtle.verify("Ed25519", imported, bytes, signed);
    return holds ? null : "bad-signature";
  } catch {
    return "bad-signature";
  }
}

/** Null where the text is no base64url (RFC 4648 §5). */
function base64UrlBytes(text: string): Uint8Array<ArrayBuffer> | null {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) return null;
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (char) => char.charCodeAt(0));
}
