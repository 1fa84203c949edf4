import { ok, type Result } from "../result.ts";
import { badSignature, type Asked, type Unanswerable } from "./asked.ts";
import { astroImage } from "./dialects/astro.ts";
import type { Dialect, DialectRequest } from "./dialects/dialect.ts";
import { imagedelivery } from "./dialects/imagedelivery.ts";
import { imgix } from "./dialects/imgix.ts";
import { imgproxy } from "./dialects/imgproxy.ts";
import { ipx } from "./dialects/ipx.ts";
import { nextImage, vercelImage } from "./dialects/next-image.ts";
import { readImagePath } from "./image-path.ts";

/** In the order in which they are asked: those with a prefix of their own first. */
export const dialects: readonly Dialect[] = [
  nextImage,
  vercelImage,
  ipx,
  astroImage,
  imagedelivery,
  imgproxy,
  imgix,
];

/** What the URL below a tenant's root asks for. Null: nothing that the tenant has switched on reads it. */
export function readUrl(
  request: DialectRequest,
  switchedOn: readonly string[],
): Result<AskedByUrl, Unanswerable> | null {
  const own = readImagePath(request.path, request.query);
  if (own !== null) return own.ok ? ok({ ...own.value, signed: false }) : own;
  let isUnsigned = false;
  for (const dialect of dialects) {
    if (!switchedOn.includes(dialect.name)) continue;
    const reading = dialect.read(request);
    // Where two dialects could have written the path, the one whose signature fits has.
    if (reading !== null && reading !== badSignature) {
      return reading.ok ? ok({ ...reading.value, signed: isSigned(request, dialect) }) : reading;
    }
    isUnsigned ||= reading !== null;
  }
  return isUnsigned ? badSignature : null;
}

/** Whether a client of some dialect may have written it. Any path may be imgix's: it is taken for one by its parameters. */
export const isOfDialect = ({ path, query }: Pick<DialectRequest, "path" | "query">): boolean =>
  dialects.some(
    (dialect) =>
      (dialect !== imgix || query !== "") &&
      dialect.read({ path, query, secrets: {}, now: 0 }) !== null,
  );

export interface AskedByUrl extends Asked {
  /** By its dialect's own keys; our own signatures are `signed-url.ts`. */
  readonly signed: boolean;
}

const isSigned = ({ secrets }: DialectRequest, { name }: Dialect): boolean =>
  Object.entries(secrets).some(([signed, keys]) => signed === name && keys !== undefined);
