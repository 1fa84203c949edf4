import { staysAnimated } from "./animation.ts";
import { place } from "./placement.ts";
import { formats, mediaType, outputFormats, type OutputFormat } from "../image/formats.ts";
import { pixelsOf } from "../image/size.ts";
import type { Transform } from "../transform/transform.ts";
import { uprightSize, type ImageInfo } from "../image/image-info.ts";

/**
 * The format of a rendition. An explicit choice stays. `auto` is a format that the client names in
 * `Accept`, of those whose record has an offer for `auto`: the one with the most weight, and AVIF before
 * WebP. An animation that is to stay one comes first in a format that keeps it. Clients that name none get the format nearest to the source that every client shows. `accept` is
 * the field's value (RFC 9110 §12.5.1), null where the request has none.
 */
export function negotiateFormat(
  transform: Transform,
  accept: string | null,
  source: ImageInfo,
): OutputFormat {
  if (transform.format !== "auto") return transform.format;
  const pixels = canvasPixels(transform, source);
  const keepsFrames = (format: OutputFormat) => staysAnimated(source, { ...transform, format });
  const [best] = wishedFormats(accept)
    .filter((format) => pixels <= (formats[format].output.auto?.pixelsMax ?? 0))
    .toSorted((one, other) => Number(keepsFrames(other)) - Number(keepsFrames(one)));
  if (best) return best;
  const universal = universalFormat(source);
  const needsQuality = transform.bytesMax !== undefined && !formats[universal].output.hasQuality;
  return needsQuality ? "webp" : universal;
}

/**
 * The formats of those that `auto` offers which a client names, the most wanted first. This is all that `auto`
 * takes from `Accept`: fields that agree in it get the same rendition.
 */
export function wishedFormats(accept: string | null): readonly OutputFormat[] {
  return offers
    .map((format) => ({ format, weight: weightOf(mediaType(format), accept ?? "") }))
    .filter(({ weight }) => weight > 0)
    .toSorted((one, other) => other.weight - one.weight)
    .map(({ format }) => format);
}

/** What `auto` offers, best first. */
const offers = outputFormats
  .flatMap((format) => {
    const { auto } = formats[format].output;
    return auto ? [{ format, ...auto }] : [];
  })
  .toSorted((one, other) => one.rank - other.rank)
  .map(({ format }) => format);

/** The source's own format, or the one that keeps what the source has. */
function universalFormat({ format, lossless, hasAlpha }: ImageInfo): OutputFormat {
  const own = outputFormats.find((name) => name === format);
  if (own && formats[own].isUniversal) return own;
  if (lossless) return "png";
  return hasAlpha ? "webp" : "jpeg";
}

/** Infinity where the transform does not fit the source, which is refused later. */
function canvasPixels(transform: Transform, source: ImageInfo): number {
  const placed = place(uprightSize(source), transform);
  return placed.ok ? pixelsOf(placed.value.canvas) : Infinity;
}

/**
 * The weight of a type that is named, 0–1; 0 where it is not. A wildcard does not count: clients that
 * cannot show WebP send one too.
 */
function weightOf(wanted: string, accept: string): number {
  const weights = accept.split(",").map((range) => {
    const [type, ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
    return type === wanted ? weight(parameters) : 0;
  });
  return weights.reduce((most, weight) => Math.max(most, weight), 0);
}

/** The `q` parameter; 1 where there is none, 0 where it is no number. */
function weight(parameters: readonly string[]): number {
  const q = parameters.find((parameter) => parameter.startsWith("q="));
  return q === undefined ? 1 : Number(q.slice(2)) || 0;
}
