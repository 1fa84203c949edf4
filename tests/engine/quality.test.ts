import sharp from "sharp";
import { expect, test } from "vitest";
import { parseOptionList } from "../../core/transform/grammar.ts";
import type { RenderTransform } from "../../core/transform/transform.ts";
import { loadEngineModules } from "../../engine/modules-node.ts";
import { createEngine } from "../../engine/render.ts";
import { samplePsnr } from "../../bench/rgba-picture.ts";
import { scene } from "./pixels/fixtures.ts";

const engine = createEngine(await loadEngineModules());
const source = { width: 1200, height: 900 };
const picture = sharp(scene(1200, 900), { raw: { ...source, channels: 4 } }).removeAlpha();

test.each([600, 599, 400, 300, 250, 150, 149, 100, 1100])(
  "1200 to %i wide is at most 1.5 dB further from libvips' full-resolution Lanczos3 than libvips itself",
  async (width) => {
    const file = await picture.clone().jpeg({ quality: 88 }).toBuffer();
    const to = { width, height: Math.round((width * 3) / 4) };
    const whole = sharp(await sharp(file).raw().toBuffer(), { raw: { ...source, channels: 3 } });
    const ideal = await whole
      .resize(to.width, to.height, { fit: "fill" })
      .ensureAlpha()
      .raw()
      .toBuffer();
    for (const quality of [50, 80, 95]) {
      const theirs = await sharp(file)
        .resize(to.width, to.height, { fit: "fill" })
        .jpeg({ quality })
        .toBuffer();
      const ours = await render(file, `width=${width},format=jpeg,quality=${quality}`);
      const pixels = (jpeg: Uint8Array) => sharp(jpeg).ensureAlpha().raw().toBuffer();
      const margin =
        samplePsnr(await pixels(ours), ideal) - samplePsnr(await pixels(theirs), ideal);
      expect(margin).toBeGreaterThan(-1.5);
      expect(Math.abs(ours.length / theirs.length - 1)).toBeLessThan(0.03);
    }
  },
);

async function render(file: Uint8Array, options: string): Promise<Uint8Array> {
  const transform = parseOptionList(options);
  if (!transform.ok) throw new Error(transform.error.detail);
  const rendered = await engine.render(file, [transform.value as RenderTransform]);
  if (!rendered.ok) throw new Error(rendered.error.reason);
  const [rendition] = rendered.value.renditions;
  if (!rendition) throw new Error("one output was asked for");
  return rendition.bytes;
}
