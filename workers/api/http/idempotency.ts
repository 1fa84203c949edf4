import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { fingerprintScheme } from "../../../core/job/fingerprint.ts";
import { limits } from "../../../core/limits.ts";
import { problem, type Problem } from "../../../core/problem.ts";
import { err, ok, type Result } from "../../../core/result.ts";

/** The `Idempotency-Key` field (draft-ietf-httpapi-idempotency-key-header); null when there is none. */
export function idempotencyKey(headers: Headers): Result<string | null, Problem> {
  const key = headers.get("Idempotency-Key");
  if (key === null) return ok(null);
  if (key.length > 0 && key.length <= limits.idempotencyKeyCharsMax && /^[\x20-\x7e]+$/.test(key)) {
    return ok(key);
  }
  return err(
    problem(
      "invalid-idempotency-key",
      `An Idempotency-Key has 1 to ${limits.idempotencyKeyCharsMax} printable ASCII characters, for example a UUID.`,
    ),
  );
}

/**
 * What must be equal for two requests to be the same: the picture's bytes and the outputs asked for, however
 * they are spelt. What follows from them may differ the second time, with another `Accept` or after a
 * deployment.
 */
export function fingerprint(pictureDigest: ArrayBuffer, asked: string): string {
  const hash = sha256.create().update(new Uint8Array(pictureDigest));
  const digest = hash.update(new TextEncoder().encode(asked)).digest();
  return `${fingerprintScheme}${bytesToHex(digest)}`;
}
