import { limits } from "../limits.ts";
import { place } from "./placement.ts";
import type { OutputFormat, PictureFormat, Transform } from "../transform/transform.ts";
import { uprightSize, type ImageInfo } from "../image/image-info.ts";

/**
 * The format of a rendition. An explicit choice stays. `auto` is AVIF or WebP for whoever asks for it by
 * name and with no smaller weight, AVIF before WebP; but AVIF only as far as its encoder is quick and
 * small, as at Cloudflare. For everyone else it is the format nearest to the source that every client
 * shows. `accept` is the Accept field's value (RFC 9110 §12.5.1), null where the request has none.
 */
export function negotiateFormat(
  transform: Transform,
  accept: string | null,
  source: ImageInfo,
): OutputFormat {
  if (transform.format !== "auto") return transform.format;
  const webp = weightOf("image/webp", accept ?? "");
  const avif = weightOf("image/avif", accept ?? "");
  if (avif > 0 && avif >= webp && suitsAvif(transform, source)) return "avif";
  if (webp > 0) return "webp";
  const universal = universalFormat(source);
  // PNG has no quality that could be lowered.
  return universal === "png" && transform.bytesMax !== undefined ? "webp" : universal;
}

/** WebP counts too: every client in use shows it, whether or not it says so. */
function universalFormat({ format, hasAlpha }: ImageInfo): PictureFormat {
  switch (format) {
    case "jpeg":
      return "jpeg";
    case "png":
    case "gif":
      return "png";
    case "webp":
      return "webp";
    case "avif":
      return hasAlpha ? "webp" : "jpeg";
  }
}

function suitsAvif(transform: Transform, source: ImageInfo): boolean {
  const placed = place(uprightSize(source), transform);
  if (!placed.ok) return false;
  const { width, height } = placed.value.canvas;
  return width * height <= limits.autoAvifPixelsMax;
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
  return Math.max(...weights);
}

/** The `q` parameter; 1 where there is none, 0 where it is no number. */
function weight(parameters: readonly string[]): number {
  const q = parameters.find((parameter) => parameter.startsWith("q="));
  return q === undefined ? 1 : Number(q.slice(2)) || 0;
}
