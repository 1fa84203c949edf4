import type { ClientUrl } from "../../../../scripts/clients/record-urls.ts";
import { readUrl } from "../../../../core/delivery/read-url.ts";
import { specOf } from "../../../../workers/api/upload/describe-job.ts";
import recorded from "./client-urls.json" with { type: "json" };

/** What `npm run client-urls` had the packages of npm print. */
export const clientUrls: readonly ClientUrl[] = recorded.urls;
const secrets = { imgix: [recorded.imgixToken], imgproxy: [recorded.imgproxyKeys] };

/** What the URL asks for where its dialect alone is on. */
export function askedBy({ dialect, url }: ClientUrl) {
  const [name = "", signed] = dialect.split(" ");
  // What a client leaves unescaped, the runtime escapes.
  const { pathname: path, search } = new URL(url, "https://acme.example");
  const request = { path, query: search.slice(1), secrets: signed ? secrets : {}, now: 0 };
  const reading = readUrl(request, name === "" ? [] : [name]);
  if (!reading?.ok) throw new Error(`not read: ${JSON.stringify(reading?.error)}`);
  const { source, rendition } = reading.value;
  if ("preset" in rendition || source.kind === "stored") throw new Error("there is none of that");
  return { source, rendition };
}

/** The job that it comes to for a browser that takes WebP. */
export function jobOf(asked: ClientUrl, picture: Parameters<typeof specOf>[0]) {
  const spec = specOf(picture, [askedBy(asked).rendition], "image/webp,*/*");
  if (!spec.ok) throw new Error(spec.error.detail);
  return spec.value;
}

export function expectedFormats({ format, width, height }: ClientUrl): readonly string[] {
  if (format !== undefined) return [format];
  // WebP of more would need more memory than there is.
  return width * height > 4e6 ? ["webp", "jpeg"] : ["webp"];
}
