import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { err, ok, type Result } from "../result.ts";
import { crc32 } from "../crc32.ts";

/**
 * `ml_live_`, 27 characters of secret, 6 of checksum, both in base 62. The prefix lets secret scanners
 * find a leaked key; the checksum lets them drop look-alikes and makes a mistyped key cost no look-up.
 */
export type ApiKey = `${typeof keyPrefix}${string}`;

/** An operator's token: of the same form, so that it is found and checked in the same way. */
export type OperatorToken = `${typeof tokenPrefix}${string}`;

const keyPrefix = "ml_live_";
const tokenPrefix = "ml_oper_";
const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const secretChars = 27;
const checksumChars = 6;
const form = new RegExp(`^[0-9A-Za-z]{${secretChars + checksumChars}}$`);

/** 160 bits cannot be guessed and just fit 27 characters of base 62. */
export const apiKeySecretBytes = 20;

/** Makes a key of `apiKeySecretBytes` random bytes; equal bytes give the same key. */
export const mintApiKey = (randomBytes: Uint8Array): ApiKey => mint(keyPrefix, randomBytes);

export const mintOperatorToken = (randomBytes: Uint8Array): OperatorToken =>
  mint(tokenPrefix, randomBytes);

export const parseApiKey = (text: string): Result<ApiKey, "malformed"> => parse(keyPrefix, text);

export const parseOperatorToken = (text: string): Result<OperatorToken, "malformed"> =>
  parse(tokenPrefix, text);

function mint<Prefix extends string>(
  prefix: Prefix,
  randomBytes: Uint8Array,
): `${Prefix}${string}` {
  if (randomBytes.length !== apiKeySecretBytes) {
    throw new RangeError(`a key is made of ${apiKeySecretBytes} bytes, not ${randomBytes.length}`);
  }
  const secret = base62(BigInt(`0x${bytesToHex(randomBytes)}`), secretChars);
  return `${prefix}${secret}${checksum(prefix + secret)}`;
}

function parse<Prefix extends string>(
  prefix: Prefix,
  text: string,
): Result<`${Prefix}${string}`, "malformed"> {
  if (!text.startsWith(prefix) || !form.test(text.slice(prefix.length))) return err("malformed");
  const stated = text.slice(-checksumChars);
  return checksum(text.slice(0, -checksumChars)) === stated
    ? ok(text as `${Prefix}${string}`)
    : err("malformed");
}

/**
 * The hex SHA-256 by which a key is stored; the key itself is not stored. A plain hash is enough: 160
 * random bits cannot be found by trying, so a slow hash would only slow every request.
 */
export const hashApiKey = (key: ApiKey | OperatorToken): string =>
  bytesToHex(sha256(utf8.encode(key)));

/** The part of a key shown in lists: enough to tell keys apart, too little to use. */
export const keyHint = (key: ApiKey): string => `${keyPrefix}…${key.slice(-4)}`;

const utf8 = new TextEncoder();

const checksum = (text: string): string => base62(BigInt(crc32(utf8.encode(text))), checksumChars);

function base62(value: bigint, chars: number): string {
  let text = "";
  for (let rest = value; text.length < chars; rest /= 62n) {
    text = alphabet.charAt(Number(rest % 62n)) + text;
  }
  return text;
}
