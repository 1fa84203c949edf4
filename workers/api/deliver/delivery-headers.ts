import { formats, type OutputFormat } from "../../../core/image/formats.ts";
import type { ProblemCode } from "../../../core/problem.ts";
import { cloudflareError } from "./cloudflare-errors.ts";

/** Headers of a rendition: it may be shown anywhere, but only as a picture. */
export function deliveryHeaders(about: {
  readonly format: OutputFormat;
  /** The name of the file when it is saved. */
  readonly name: string;
  /** The format was chosen by `Accept`. */
  readonly negotiated: boolean;
  /** How long it may be kept; 0: not at all. */
  readonly seconds: number;
  /** RFC 9211, after the cache's name. */
  readonly cacheStatus: string;
}): Headers {
  const { format, name, negotiated, seconds, cacheStatus } = about;
  return new Headers({
    "Cache-Control": seconds === 0 ? "no-store" : `public, max-age=${seconds}`,
    "Cache-Status": `${cacheName}; ${cacheStatus}`,
    "Content-Disposition": `inline; filename="${name}.${extensions[format]}"`,
    ...nothingButAPicture,
    "Timing-Allow-Origin": "*",
    ...(negotiated && { Vary: "Accept" }),
  });
}

const cacheName = "minilab";

/** `Cache-Status` of a rendition that was there. */
export const hitStatus = `${cacheName}; hit`;

/** Opened in a tab, or embedded where no picture belongs, the answer can run and load nothing. */
const nothingButAPicture = {
  "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
  "Cross-Origin-Resource-Policy": "cross-origin",
} as const;

/** With the code that Cloudflare Images has for the failure. */
export const failureHeaders = (code: ProblemCode) => ({
  "Cf-Resized": `err=${cloudflareError(code)}`,
  ...nothingButAPicture,
});

/** The part of the media type after the slash is what each of these files is called. */
const extensions = Object.fromEntries(
  Object.entries(formats).map(([format, { mediaType }]) => [
    format,
    format === "jpeg" ? "jpg" : mediaType.slice(mediaType.indexOf("/") + 1),
  ]),
) as Record<OutputFormat, string>;
