import { badSignature, type Reading } from "./asked.ts";
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
export function readUrl(request: DialectRequest, switchedOn: readonly string[]): Reading | null {
  const own = readImagePath(request.path, request.query);
  if (own !== null) return own;
  let refused: Reading | null = null;
  for (const dialect of dialects) {
    if (!switchedOn.includes(dialect.name)) continue;
    const reading = dialect.read(request);
    // Where two dialects could have written the path, the one whose signature fits has.
    if (reading !== null && reading !== badSignature) return reading;
    refused ??= reading;
  }
  return refused;
}
