import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { badSignature, endingAt, expired, unreadable } from "../asked.ts";
import { equalBytes } from "../constant-time.ts";
import { readOptionSegment } from "../image-path.ts";
import type { Dialect, DialectRequest } from "./dialect.ts";
import { readQuery } from "./query.ts";

/** imagedelivery.net: `/<account>/<id>/<variant or options>`; signed as `?exp=<seconds>&sig=<hex>`. */
export const imagedelivery: Dialect = {
  name: "imagedelivery",
  read(request) {
    const [, id, last] = /^\/[A-Za-z0-9_-]+\/(img_[0-9a-z]+)\/([^/]+)$/.exec(request.path) ?? [];
    if (id === undefined || last === undefined) return null;
    const values = readQuery(request.query);
    if (!values.ok) return values;
    for (const name of values.value.keys()) {
      if (name !== "exp" && name !== "sig")
        return unreadable(name, `${JSON.stringify(name)} is not known.`);
    }
    const exp = values.value.get("exp");
    if (!isSigned(request, exp, values.value.get("sig"))) return badSignature;
    if (exp !== undefined && !(Number(exp) * 1000 > request.now)) return expired;
    const reading = readOptionSegment(last.includes("=") ? last : `preset=${last}`, id);
    return endingAt(reading, exp === undefined ? null : Number(exp));
  },
};

/** HMAC-SHA256 over the path and `exp`. */
function isSigned(
  { path, secrets: { imagedelivery: keys } }: DialectRequest,
  exp: string | undefined,
  signature = "",
): boolean {
  if (keys === undefined) return true;
  const text = utf8ToBytes(exp === undefined ? path : `${path}?exp=${exp}`);
  const given = utf8ToBytes(signature);
  return keys.some((key) =>
    equalBytes(utf8ToBytes(bytesToHex(hmac(sha256, utf8ToBytes(key), text))), given),
  );
}
