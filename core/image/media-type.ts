import type { OutputFormat } from "../transform/transform.ts";
import type { SourceFormat } from "./image-info.ts";

/** The media type of a file in this format, as Content-Type wants it. */
export const mediaType = (format: SourceFormat | OutputFormat): string =>
  format === "json" ? "application/json" : `image/${format}`;
