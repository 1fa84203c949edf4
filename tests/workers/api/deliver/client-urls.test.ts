import { expect, test } from "vitest";
import { remoteUrl } from "../../../../core/delivery/remote/remote-target.ts";
import { readUrl } from "../../../../core/delivery/read-url.ts";
import { planRender } from "../../../../core/plan/plan.ts";
import { specOf } from "../../../../workers/api/upload/describe-job.ts";
import { pictureInfo } from "../../../core/image/picture-info.ts";
import recorded from "./client-urls.json" with { type: "json" };

/** What `npm run client-urls` had the packages of npm print, of a JPEG of 4000 × 3000 pixels. */
const urls: readonly {
  client: string;
  dialect: string;
  url: string;
  width: number;
  height: number;
  format?: string;
}[] = recorded.urls;
const secrets = { imgix: [recorded.imgixToken], imgproxy: [recorded.imgproxyKeys] };

/** Where the pictures lie that the builders were given. */
const sources = [
  "https://cdn.example.com/a%20b/x.jpg?v=1&z=2",
  "https://cdn.example.com/x.jpg",
  "https://www.example.com/a%20b/%C3%BC,n&x.jpg",
  "https://www.example.com/p.jpg",
  "https://www.example.com/a%20b/p.jpg",
  "https://www.example.com/users/1.png",
  "https://www.example.com/_astro/me.Ab12.png",
];

test.each(urls)("$client: $url", ({ dialect, url, width, height, format }) => {
  const [name = "", signed] = dialect.split(" ");
  // What a client leaves unescaped, the runtime escapes.
  const { pathname: path, search } = new URL(url, "https://acme.example");
  const request = { path, query: search.slice(1), secrets: signed ? secrets : {}, now: 0 };
  const reading = readUrl(request, name === "" ? [] : [name]);
  if (!reading?.ok) throw new Error(`not read: ${JSON.stringify(reading?.error)}`);
  const { source, rendition } = reading.value;
  if ("preset" in rendition || source.kind === "stored") throw new Error("there is none of that");
  const fetched = remoteUrl(source, "https://www.example.com");
  expect(sources).toContain(fetched.ok && fetched.value.href);

  const file = { info: pictureInfo({ width: 4000, height: 3000 }), bytes: 1e6, bytesMax: 1e6 };
  const spec = specOf(file, [rendition], "image/webp,*/*");
  if (!spec.ok) throw new Error(spec.error.detail);
  const plan = planRender(file.info, spec.value.transforms, 1e6);
  const [output] = plan.ok ? plan.value.outputs : [];
  expect(output?.size).toEqual({ width, height });
  // WebP of more would need more memory than there is.
  const automatic = width * height > 4e6 ? ["webp", "jpeg"] : ["webp"];
  expect(format === undefined ? automatic : [format]).toContain(spec.value.transforms[0]?.format);
});
