import * as z from "zod/mini";
import { inTime } from "../../../core/deadline.ts";
import { limits } from "../../../core/limits.ts";

/** Cloudflare Access in front of the management plane. Absent: only operators' own tokens are taken. */
export interface AccessSettings {
  /** `<team>.cloudflareaccess.com`. */
  readonly team: string;
  /** The Access application's audience tag. */
  readonly audience: string;
}

const headerSchema = z.object({ alg: z.literal("RS256"), kid: z.string() });
const claimsSchema = z.object({
  iss: z.string(),
  aud: z.union([z.string(), z.array(z.string())]),
  exp: z.number(),
  nbf: z.optional(z.number()),
  email: z.email(),
});

/**
 * Checks the JWT that Access adds to a request (`Cf-Access-Jwt-Assertion`) against the team's public keys.
 * https://developers.cloudflare.com/cloudflare-one/identity/authorization-cookie/validating-json/
 */
export class AccessTokens {
  readonly #fetch: (url: string) => Promise<Response>;
  readonly #keys = new Map<string, CryptoKey>();
  #fetchedAt = -Infinity;

  constructor(fetcher: (url: string) => Promise<Response> = (url) => fetch(url)) {
    this.#fetch = fetcher;
  }

  /** The address that Access confirms; null: the token is wrong, expired or for another application. */
  async email(
    token: string,
    { team, audience }: AccessSettings,
    now: number,
  ): Promise<string | null> {
    const [head = "", body = "", signature = "", ...more] = token.split(".");
    const header = headerSchema.safeParse(decoded(head));
    const claims = claimsSchema.safeParse(decoded(body));
    const signed = bytesOf(signature);
    if (more.length > 0 || !header.success || !claims.success || !signed) return null;
    const { iss, aud, exp, nbf = 0, email } = claims.data;
    const seconds = now / 1000;
    if (iss !== `https://${team}` || ![aud].flat().includes(audience)) return null;
    if (exp <= seconds || nbf > seconds + limits.clockSkewSecondsMax) return null;

    const key = await this.#key(header.data.kid, team, now);
    if (!key) return null;
    const text = new TextEncoder().encode(`${head}.${body}`);
    const fits = await crypto.subtle.verify("RSASSA-PKCS1-v1_5", key, signed, text);
    return fits ? email : null;
  }

  /** Teams rotate their keys, so an unknown one is looked for again, though not for every forged token. */
  async #key(kid: string, team: string, now: number): Promise<CryptoKey | undefined> {
    if (!this.#keys.has(kid) && now - this.#fetchedAt > limits.accessKeysMillis) {
      this.#fetchedAt = now;
      await this.#refresh(`https://${team}/cdn-cgi/access/certs`);
    }
    return this.#keys.get(kid);
  }

  async #refresh(url: string): Promise<void> {
    const read = this.#fetch(url).then((response) =>
      response.ok ? response.json() : { keys: [] },
    );
    const { keys } = (await inTime(globalThis, limits.accessKeysMillisMax, read)) as {
      keys: readonly (JsonWebKey & { kid: string })[];
    };
    for (const jwk of keys.slice(0, limits.accessKeysMax)) {
      const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
      this.#keys.set(
        jwk.kid,
        await crypto.subtle.importKey("jwk", jwk, algorithm, false, ["verify"]),
      );
    }
  }
}

function decoded(part: string): unknown {
  const bytes = bytesOf(part);
  try {
    return bytes && JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    // It is no JSON, and so no part of a token.
  }
  return null;
}

/** Bytes of base64url; null if the text is not base64url. */
function bytesOf(text: string): Uint8Array<ArrayBuffer> | null {
  if (!/^[A-Za-z0-9_-]+$/.test(text) || text.length % 4 === 1) return null;
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (char) => char.charCodeAt(0));
}
