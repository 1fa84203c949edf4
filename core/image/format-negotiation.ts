import type { FormatChoice, OutputFormat } from "../transform/transform.ts";
import type { ImageInfo } from "./image-info.ts";

/**
 * The format of a rendition. An explicit choice stays; `auto` is WebP for whoever asks for it by
 * name, and otherwise the format nearest to the source that every client shows.
 * `accept` is the Accept field's value (RFC 9110 §12.5.1), null where the request has none.
 */
export function negotiateFormat(
  choice: FormatChoice,
  accept: string | null,
  source: SourceTraits,
): OutputFormat {
  if (choice !== "auto") return choice;
  return acceptsWebp(accept ?? "") ? "webp" : universalFormat(source);
}

/** The format where the caller named none: that of the source, as far as it is written here. */
export const defaultFormat = (source: SourceTraits): OutputFormat =>
  source.format === "webp" ? "webp" : universalFormat(source);

type SourceTraits = Pick<ImageInfo, "format" | "hasAlpha">;

function universalFormat({ format, hasAlpha }: SourceTraits): OutputFormat {
  switch (format) {
    case "jpeg":
      return "jpeg";
    case "png":
    case "gif":
      return "png";
    case "webp":
    case "avif":
      return hasAlpha ? "png" : "jpeg";
  }
}

/** A wildcard does not count: clients that cannot show WebP send one too. */
const acceptsWebp = (accept: string): boolean =>
  accept.split(",").some((range) => {
    const [type, ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
    return type === "image/webp" && weight(parameters) > 0;
  });

/** The `q` parameter, 0–1; 1 where there is none, 0 where it is no number. */
function weight(parameters: readonly string[]): number {
  const q = parameters.find((parameter) => parameter.startsWith("q="));
  return q === undefined ? 1 : Number(q.slice(2)) || 0;
}
