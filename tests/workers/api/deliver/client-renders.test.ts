import sharp from "sharp";
import { expect, test } from "vitest";
import { probe } from "../../../../core/image/probe.ts";
import { completeTransform } from "../../../../core/transform/options-to-transform.ts";
import { newRenderer } from "../../../engine/renderer.ts";
import { decode, file, psnr, read, scene } from "../../../engine/scene.ts";
import { clientUrls, expectedFormats, jobOf } from "./client-urls.ts";

const samples = scene(4000, 3000);
const picture = await file(read(samples).jpeg({ quality: 80 }));
const probed = probe(picture, true);
if (probed.kind !== "image") throw new Error("no JPEG");
const about = { info: probed.info, bytes: picture.length, bytesMax: picture.length };
const { engine } = newRenderer();

/** Which share of the height that is cut off is above: none where the top is kept, 20 % where CSS says so, else half. */
function shareAbove(url: string): number {
  if (url.includes("/g:no/")) return 0;
  return url.includes("position=50%25+20%25") ? 0.2 : 0.5;
}

test.each(clientUrls)("$client: what $url asks for is rendered", async (asked) => {
  const { width, height, url } = asked;
  const { transforms } = jobOf(asked, about);
  const rendered = await engine.render(picture, transforms.map(completeTransform));
  if (!rendered.ok) throw new Error(JSON.stringify(rendered.error));
  const [rendition] = rendered.value.renditions;
  if (!rendition) throw new Error("nothing was rendered");
  expect(rendition).toMatchObject({ width, height });
  expect(expectedFormats(asked)).toContain(rendition.format);
  const scaled = read(samples).resize(width, height, { fit: "outside" });
  const { data, info } = await scaled.raw().toBuffer({ resolveWithObject: true });
  const left = Math.round((info.width - width) / 2);
  const top = Math.round((info.height - height) * shareAbove(url));
  const expected = sharp(data, { raw: info }).extract({ left, top, width, height });
  const shown = await decode(await file(expected.png({ compressionLevel: 1 })));
  expect(psnr(await decode(rendition.bytes), shown)).toBeGreaterThan(30);
});
