import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { fingerprintScheme } from "../../../core/job/fingerprint.ts";
import { limits } from "../../../core/limits.ts";
import { problem, type Problem } from "../../../core/problem.ts";
import { err, ok, type Result } from "../../../core/result.ts";
import { formatTransform, parseOutputs } from "../../../core/transform/grammar.ts";
import type { Idempotency } from "../../../durable-objects/ledger/ledger-calls.ts";

/** Printable ASCII. */
export const idempotencyKeyPattern = /^[\x20-\x7e]+$/;

/** The `Idempotency-Key` field (draft-ietf-httpapi-idempotency-key-header); null when there is none. */
export function idempotencyKey(headers: Headers): Result<string | null, Problem> {
  const key = headers.get("Idempotency-Key");
  if (key === null) return ok(null);
  if (key.length <= limits.idempotencyKeyCharsMax && idempotencyKeyPattern.test(key)) {
    return ok(key);
  }
  return err(
    problem(
      "invalid-idempotency-key",
      `An Idempotency-Key has 1 to ${limits.idempotencyKeyCharsMax} printable ASCII characters, for example a UUID.`,
    ),
  );
}

/** What the ledger compares when the key comes again; null when the request has no key. */
export function idempotencyOf(
  key: string | null,
  {
    digest,
    overlayDigest,
  }: { readonly digest: ArrayBuffer | null; readonly overlayDigest: string },
  outputs: string,
): Idempotency | null {
  if (key === null || digest === null) return null;
  const asked = overlayDigest ? `${outputs};overlay=${overlayDigest}` : outputs;
  return { key, fingerprint: fingerprint(digest, asked) };
}

/** The outputs as the client asked for them, before anything was decided for it. */
export function outputsAsked(options: Parameters<typeof parseOutputs>[0]): string {
  const outputs = parseOutputs(options);
  return outputs.ok ? outputs.value.map(formatTransform).join(";") : "";
}

/**
 * What must be equal for two requests to be the same: the picture's bytes and the outputs asked for, however
 * they are spelt. What follows from them may differ the second time, with another `Accept` or after a
 * deployment.
 */
function fingerprint(pictureDigest: ArrayBuffer, asked: string): string {
  const hash = sha256.create().update(new Uint8Array(pictureDigest));
  const digest = hash.update(new TextEncoder().encode(asked)).digest();
  return `${fingerprintScheme}${bytesToHex(digest)}`;
}
