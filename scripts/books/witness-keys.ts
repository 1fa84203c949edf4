import { createHash, generateKeyPairSync, randomUUID } from "node:crypto";
import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { HOUR } from "../../core/magnitudes.ts";

/** One key of the secret `WITNESS_KEYS`; `d` is the private part. */
interface WitnessKey {
  readonly kty: "OKP";
  readonly crv: "Ed25519";
  readonly x: string;
  readonly kid: string;
  readonly d?: string;
  readonly retired?: string;
}

export interface WitnessKeys {
  readonly keys: readonly WitnessKey[];
}

/**
 * A new Ed25519 key before the `known` ones: it signs from when it is stored. They are retired an hour after `now` (epoch
 * milliseconds), because Workers sign with them until the secret has reached every place. They lose their private parts,
 * since all that is left for them is to be checked against.
 */
export function withNewKey(known: WitnessKeys, now: number): WitnessKeys {
  const { x, d } = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
  if (x === undefined || d === undefined) throw new Error("this runtime made no Ed25519 key");
  const key: WitnessKey = { kty: "OKP", crv: "Ed25519", x, kid: thumbprint(x), d };
  const retired = new Date(now + HOUR).toISOString();
  return { keys: [key, ...known.keys.map((old) => retiredAt(old, retired))] };
}

const retiredAt = ({ kty, crv, x, kid, retired }: WitnessKey, now: string): WitnessKey => ({
  ...{ kty, crv, x, kid },
  retired: retired ?? now,
});

/**
 * The secret `WITNESS_KEYS` of a local service. Made once for each state folder, readable by its owner alone:
 * what the folder's books hold is signed with it.
 */
export function localWitnessKeys(stateDir: string): string {
  const file = join(stateDir, "witness-keys.json");
  if (!existsSync(file)) {
    const made = `${file}.${randomUUID()}`;
    writeFileSync(made, JSON.stringify(withNewKey({ keys: [] }, Date.now())), { mode: 0o600 });
    try {
      linkSync(made, file);
    } catch (error) {
      // Another start made it in the same moment.
      if (!existsSync(file)) throw error;
    } finally {
      rmSync(made);
    }
  }
  return readFileSync(file, "utf8");
}

/** RFC 7638, for the key types of RFC 8037: the members in this order, without spaces. */
function thumbprint(x: string): string {
  const members = JSON.stringify({ crv: "Ed25519", kty: "OKP", x });
  return createHash("sha256").update(members).digest("base64url");
}
