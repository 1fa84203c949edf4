import type { ProblemCode } from "../../../core/problem.ts";

/**
 * What Cloudflare Images puts into `Cf-Resized` for the same failure, for clients that look at it. The status
 * and the problem document are this service's own. Source: Cloudflare's troubleshooting page.
 */
export const cloudflareError = (code: ProblemCode): number => errors[code] ?? 9500;

const errors: Partial<Record<ProblemCode, number>> = {
  "bad-request": 9401,
  "invalid-option": 9401,
  "not-found": 9404,
  "source-not-allowed": 9401,
  "source-not-found": 9404,
  "source-failed": 9402,
  "source-timeout": 9504,
  "source-loop": 9403,
  "tenant-suspended": 9406,
  "signature-invalid": 9406,
  "signature-expired": 9406,
  "preset-required": 9406,
  "unsupported-format": 9412,
  "image-too-large": 9413,
  "over-memory-plan": 9413,
  "output-too-large": 9413,
  "over-plan": 9413,
  "rate-limited": 9422,
  "too-many-in-flight": 9422,
  "quota-exceeded": 9422,
  "spend-cap-reached": 9422,
  "corrupt-image": 9516,
  "truncated-image": 9516,
  "trimmed-away": 9516,
  "render-crashed": 9516,
  "over-max-bytes": 9401,
  "render-timeout": 9529,
  "attempts-exhausted": 9523,
  overloaded: 9522,
  unavailable: 9522,
};
