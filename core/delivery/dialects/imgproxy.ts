import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import {
  ask,
  badSignature,
  endingAt,
  expired,
  notOffered,
  unreadable,
  type Pairs,
} from "../asked.ts";
import { base64UrlBytes } from "../base64url.ts";
import { equalBytes } from "../constant-time.ts";
import { decodeOnce } from "../source-reference.ts";
import type { Dialect, DialectRequest } from "./dialect.ts";
import { imgproxyOptions } from "./imgproxy-options.ts";

/** imgproxy: `/<signature>/<option:arguments>/…/<source>`, the source plain or in base64url (imgproxy 4). */
export const imgproxy: Dialect = {
  name: "imgproxy",
  read(request) {
    // Its server cuts the query off.
    const [, signature = "", rest] = /^\/([^/]+)(\/.+)/s.exec(request.path) ?? [];
    if (rest === undefined) return null;
    const parts = split(rest);
    if (parts === null) return null;
    const source = sourceOf(parts.source);
    // Without options any path has this shape: then only a source that is a URL tells.
    if (parts.options.length === 0 && !/^https?:/.test(source?.url ?? "")) return null;
    if (!isSigned(request, signature, rest)) return badSignature;
    if (source === null) return unreadable("source", "The source cannot be decoded.");
    const options = imgproxyOptions(parts.options);
    if (typeof options === "string") return notOffered(options);
    if (options.expiresAt !== null && options.expiresAt * 1000 <= request.now) return expired;
    const format: Pairs = source.format === null ? [] : [["format", source.format]];
    return endingAt(ask(source.url, [...options.pairs, ...format]), options.expiresAt);
  },
};

/** HMAC-SHA256 over the salt and the path after the signature, as it was sent. */
function isSigned({ secrets }: DialectRequest, signature: string, rest: string): boolean {
  if (secrets.imgproxy === undefined) return true;
  const given = base64UrlBytes(signature);
  if (given === null) return false;
  return secrets.imgproxy.some(({ key, salt }) => {
    const text = utf8ToBytes(rest);
    const saltBytes = hexToBytes(salt);
    const message = new Uint8Array(saltBytes.length + text.length);
    message.set(saltBytes);
    message.set(text, saltBytes.length);
    return equalBytes(hmac(sha256, hexToBytes(key), message), given);
  });
}

/** Options have a colon; the first part without one begins the source. Null: the path has another form. */
function split(rest: string): { options: string[]; source: string[] } | null {
  const parts = rest.slice(1).split("/");
  const first = parts.findIndex((part) => !/:|%3a/i.test(part));
  if (first < 0) return null;
  return {
    options: parts.slice(0, first).map((part) => part.replaceAll(/%3a/gi, ":")),
    source: parts.slice(first),
  };
}

function sourceOf(parts: readonly string[]): { url: string; format: string | null } | null {
  if (parts[0] === "plain") {
    const [, escaped = "", format] =
      /(.*?)(?:@([a-z0-9]+))?$/s.exec(parts.slice(1).join("/")) ?? [];
    const url = decodeOnce(escaped);
    return url === null ? null : { url, format: format ?? null };
  }
  const [, encoded = "", format] = /^([^.]*)(?:\.([a-z0-9]+))?$/.exec(parts.join("")) ?? [];
  const bytes = base64UrlBytes(encoded);
  if (bytes === null) return null;
  try {
    return {
      url: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes),
      format: format ?? null,
    };
  } catch {
    return null;
  }
}
