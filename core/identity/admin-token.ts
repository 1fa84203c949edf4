import { sha256 } from "@noble/hashes/sha2.js";
import { limits } from "../limits.ts";
import { err, ok, type Result } from "../result.ts";
import { bearerToken } from "./bearer.ts";

/**
 * Whether an `Authorization` header holds the admin token. Compares hashes in constant time, so that timing
 * reveals neither the token's length nor how much of it was right.
 */
export function isAdmin(authorization: string | null, adminToken: string): boolean {
  const token = bearerToken(authorization);
  if (token === null) return false;
  const given = sha256(utf8.encode(token));
  const expected = sha256(utf8.encode(adminToken));
  let difference = 0;
  for (const [index, byte] of expected.entries()) difference |= byte ^ (given[index] ?? 0xff);
  return difference === 0;
}

/**
 * The secret, unless it is missing, short or a placeholder. The error names the variable and never
 * contains its value.
 */
export function refusePlaceholder(name: string, value: string | undefined): Result<string, string> {
  const fault = faultOf(value ?? "");
  if (!fault) return ok(value ?? "");
  return err(`${name} ${fault}. Set it to ${limits.secretCharsMin} or more random characters.`);
}

const placeholderWords =
  /change.?me|placeholder|password|example|secret|default|replace|insert|sample|dummy|your.?(token|key)/i;
const repeatedPattern = /^(.+?)\1+$/s;

function faultOf(value: string): string | null {
  if (value === "") return "is not set";
  if (value.length < limits.secretCharsMin) {
    return `is too short (${value.length} characters)`;
  }
  if (placeholderWords.test(value)) return "looks like a placeholder";
  if (repeatedPattern.test(value) || new Set(value).size < limits.secretDistinctCharsMin) {
    return "repeats itself";
  }
  return null;
}

const utf8 = new TextEncoder();
