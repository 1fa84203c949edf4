import { expect, test } from "vitest";
import { remoteUrl } from "../../../../core/delivery/remote/remote-target.ts";
import { planRender } from "../../../../core/plan/plan.ts";
import { pictureInfo } from "../../../core/image/picture-info.ts";
import { askedBy, clientUrls, expectedFormats, jobOf } from "./client-urls.ts";

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

test.each(clientUrls)("$client: $url", (url) => {
  const fetched = remoteUrl(askedBy(url).source, "https://www.example.com");
  expect(sources).toContain(fetched.ok && fetched.value.href);

  const file = { info: pictureInfo({ width: 4000, height: 3000 }), bytes: 1e6, bytesMax: 1e6 };
  const { transforms } = jobOf(url, file);
  const plan = planRender(file.info, transforms, 1e6);
  const [output] = plan.ok ? plan.value.outputs : [];
  expect(output?.size).toEqual({ width: url.width, height: url.height });
  expect(expectedFormats(url)).toContain(transforms[0]?.format);
});
