import sharp, { type Sharp } from "sharp";
import { expect, test } from "vitest";
import { probe } from "../../core/image/probe.ts";
import { limits } from "../../core/limits.ts";
import { planRender } from "../../core/plan/plan.ts";
import type { RenderTransform } from "../../core/transform/transform.ts";
import { newRenderer } from "./renderer.ts";
import { fadingScene, file, read, scene, transform } from "./scene.ts";

interface Road {
  readonly name: string;
  readonly source: () => Sharp;
  readonly options?: Partial<RenderTransform>;
}

const [width, height] = [96, 64];
const opaque = () => read(scene(width, height));
const fading = () => read(fadingScene(width, height));

function frames(): Sharp {
  const { data } = fadingScene(width, height);
  const raw = { width, height: 2 * height, channels: 4, pageHeight: height } as const;
  return sharp(Buffer.concat([data, data.toReversed()]), { raw });
}

const animated = { anim: true, format: "webp" } as const;
const roads: readonly Road[] = [
  { name: "JPEG", source: () => opaque().jpeg() },
  { name: "progressive JPEG", source: () => opaque().jpeg({ progressive: true }) },
  { name: "JPEG in inks", source: () => opaque().toColourspace("cmyk").jpeg() },
  { name: "PNG", source: () => opaque().png() },
  { name: "interlaced PNG", source: () => opaque().png({ progressive: true }) },
  { name: "lossy WebP", source: () => opaque().webp() },
  { name: "lossless WebP", source: () => fading().webp({ lossless: true }) },
  { name: "AVIF 4:2:0", source: () => opaque().avif({ effort: 0, chromaSubsampling: "4:2:0" }) },
  { name: "AVIF with alpha", source: () => fading().avif({ effort: 0 }) },
  { name: "GIF", source: () => fading().gif() },
  { name: "animated GIF", source: () => frames().gif({ delay: [90, 90] }), options: animated },
  { name: "animated WebP", source: () => frames().webp({ delay: [90, 90] }), options: animated },
];

/**
 * The length of the file is in every plan, and bytes behind the picture's data do not count for the picture: so a small
 * picture can be planned to the byte.
 */
test.each(roads)(
  "$name: planned to the last byte it is rendered within its plan, and with one more refused by name",
  async ({ source, options = {} }) => {
    const picture = await file(source());
    const answer = probe(picture, true);
    if (answer.kind !== "image") throw new Error(JSON.stringify(answer));
    const plan = (bytes: number) => planRender(answer.info, [transform(options)], bytes);
    const most = largest((bytes) => plan(bytes).ok, picture.length, limits.isolateBytesMax);
    const planned = plan(most);
    if (!planned.ok) throw new Error(planned.error.reason);
    expect(planned.value.peakWasmBytes).toBeLessThanOrEqual(limits.wasmBytesMax);

    const { render, refusal } = newRenderer();
    const atTheEdge = await render(padded(picture, most), options);
    expect(atTheEdge.peakWasmBytes).toBeLessThanOrEqual(planned.value.peakWasmBytes);
    expect(await refusal(padded(picture, most + 1), options)).toMatchObject({
      reason: "over_memory_plan",
    });
  },
);

/** The largest number from `low` to `high` for which `holds`, which does for the smaller ones. */
function largest(holds: (value: number) => boolean, low: number, high: number): number {
  let [below, above] = [low, high + 1];
  while (above - below > 1) {
    const middle = Math.floor((below + above) / 2);
    if (holds(middle)) below = middle;
    else above = middle;
  }
  return below;
}

/** The same picture in a file of `bytes` bytes: the rest is a box that AVIF passes over, and nothing elsewhere. */
function padded(picture: Uint8Array, bytes: number): Uint8Array {
  const whole = new Uint8Array(bytes);
  whole.set(picture);
  const view = new DataView(whole.buffer);
  view.setUint32(picture.length, bytes - picture.length);
  whole.set(Buffer.from("free"), picture.length + 4);
  return whole;
}
