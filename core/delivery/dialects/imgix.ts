import { md5 } from "@noble/hashes/legacy.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import {
  ask,
  badSignature,
  endingAt,
  expired,
  notOffered,
  type Pairs,
  type Reading,
} from "../asked.ts";
import { equalBytes } from "../constant-time.ts";
import { decodeOnce } from "../source-reference.ts";
import type { Dialect, DialectRequest } from "./dialect.ts";
import { entry } from "./entry.ts";
import { readQuery } from "./query.ts";

/**
 * imgix: the source as path, options and signature in the query. Any path can be one, so this dialect is
 * asked last.
 */
export const imgix: Dialect = {
  name: "imgix",
  read(request) {
    const signed = isSigned(request);
    if (!signed) return badSignature;
    const values = readQuery(request.query);
    if (!values.ok) return values;
    const until = values.value.get("expires");
    if (until !== undefined && !(Number(until) * 1000 > request.now)) return expired;
    const reading = readOptions(request.path, values.value);
    return endingAt(reading, until === undefined ? null : Number(until));
  },
};

/** `s` is the last parameter: the MD5 of the token and everything before it, as it was sent. */
function isSigned({ path, query, secrets: { imgix: tokens } }: DialectRequest): boolean {
  if (tokens === undefined) return true;
  const [, before = "", signature = ""] = /^(?:(.*)&)?s=([0-9a-f]{32})$/.exec(query) ?? [];
  const text = before === "" ? path : `${path}?${before}`;
  const given = utf8ToBytes(signature);
  return tokens.some((token) =>
    equalBytes(utf8ToBytes(bytesToHex(md5(utf8ToBytes(`${token}${text}`)))), given),
  );
}

function readOptions(path: string, values: ReadonlyMap<string, string>): Reading {
  const pairs: Pairs[number][] = [];
  for (const [name, value] of values) {
    const pair = entry(parameters, name)?.(value, values);
    if (pair === undefined) return notOffered(name);
    if (pair === null) return notOffered(`${name}=${value}`);
    pairs.push(...pair);
  }
  const source = decodeOnce(path.slice(1));
  return source === null ? notOffered(path) : ask(source, pairs);
}

type Values = ReadonlyMap<string, string>;
const nothing: Pairs = [];

/** Null: the parameter is known, this value is not. */
const parameters: Readonly<Record<string, (value: string, all: Values) => Pairs | null>> = {
  // Which library wrote the URL; the signature and its end are checked already.
  ixlib: () => nothing,
  s: () => nothing,
  expires: () => nothing,
  w: (value) => [["width", value]],
  h: (value) => [["height", value]],
  dpr: (value) => [["dpr", value]],
  q: (value) => [["quality", value]],
  blur: (value) => [["blur", value]],
  bg: (value) => [["background", value.replace(/^(?=[0-9a-f]{3,8}$)/i, "#")]],
  fm: (value) => [["format", value === "pjpg" ? "jpeg" : value]],
  fit: (value) => {
    const fit = entry(fits, value);
    return fit === undefined ? null : [["fit", fit]];
  },
  crop: (value, all) => crop(value, all),
  "fp-x": () => nothing,
  "fp-y": () => nothing,
  // Both are what `format=auto` and our default quality do.
  auto: (value) =>
    value.split(",").every((each) => /^(format|compress)$/.test(each)) ? nothing : null,
};

const fits: Readonly<Record<string, string>> = {
  clip: "contain",
  crop: "cover",
  max: "scale-down",
  fill: "pad",
  scale: "squeeze",
  min: "aspect-crop",
};

function crop(value: string, all: Values): Pairs | null {
  if (value === "entropy" || value === "edges") return [["gravity", "auto"]];
  if (["left", "right", "top", "bottom"].includes(value)) return [["gravity", value]];
  if (value !== "focalpoint") return null;
  return [["gravity", `${all.get("fp-x") ?? "0.5"}x${all.get("fp-y") ?? "0.5"}`]];
}
