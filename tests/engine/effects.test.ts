import { describe, expect, test } from "vitest";
import type { RenderTransform } from "../../core/transform/transform.ts";
import { newRenderer } from "./renderer.ts";
import { decode, fadingScene, file, psnr, read, scene, type Samples } from "./scene.ts";

const { renderOne } = newRenderer();
const opaque = scene(160, 120);
const pictures = [
  { picture: "an opaque picture", samples: opaque },
  { picture: "a picture with alpha", samples: fadingScene(160, 120) },
];

/** sharp's Gaussian, cut off as late as it allows. */
async function blurred(samples: Samples, sigma: number): Promise<Samples> {
  const picture = read(samples).blur({ sigma, minAmplitude: 0.001, precision: "float" });
  return decode(await file(picture.png()));
}

/** Colours from 0 to 1. */
type Tone = (rgb: readonly number[]) => readonly number[];

function toned({ data, info }: Samples, tone: Tone): Samples {
  const changed = new Uint8ClampedArray(data);
  for (let at = 0; at < data.length; at += 4) {
    const colour = [...data.subarray(at, at + 3)].map((value) => value / 255);
    changed.set(
      tone(colour).map((value) => value * 255),
      at,
    );
  }
  return { data: new Uint8Array(changed), info };
}

/** Luma of BT.709, as the saturate of SVG and CSS filters has it. */
const saturated =
  (amount: number): Tone =>
  (rgb) => {
    const [red = 0, green = 0, blue = 0] = rgb;
    const luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    return rgb.map((value) => luma + (value - luma) * amount);
  };
const each =
  (of: (value: number) => number): Tone =>
  (rgb) =>
    rgb.map(of);

describe.each(pictures)("of $picture", ({ samples }) => {
  test.each([0.5, 1, 3, 12, 30])("a blur by %d is sharp's", async (blur) => {
    const { samples: rendered } = await renderOne(await file(read(samples).png()), { blur });
    expect(psnr(rendered, await blurred(samples, blur))).toBeGreaterThan(40);
  });

  test.each<[string, Partial<RenderTransform>, Tone]>([
    ["brightness", { brightness: 1.3 }, each((value) => value * 1.3)],
    ["contrast", { contrast: 0.6 }, each((value) => (value - 0.5) * 0.6 + 0.5)],
    ["gamma", { gamma: 2.2 }, each((value) => value ** (1 / 2.2))],
    ["no saturation", { saturation: 0 }, saturated(0)],
    ["grayscale", { grayscale: true }, saturated(0)],
    ["more saturation", { saturation: 1.6 }, saturated(1.6)],
  ])("%s changes each colour as it says", async (_, options, tone) => {
    const bytes = await file(read(samples).png());
    const { samples: rendered } = await renderOne(bytes, options);
    expect(psnr(rendered, toned(await decode(bytes), tone))).toBeGreaterThan(48);
  });

  test("a sharpening is an unsharp mask: what a blur takes away is added", async () => {
    const bytes = await file(read(samples).png());
    const { samples: rendered } = await renderOne(bytes, { sharpen: 0.8 });
    const soft = (await blurred(samples, 1)).data;
    const { data, info } = await decode(bytes);
    const sharpened = new Uint8ClampedArray(data).map((value, at) =>
      at % 4 === 3 ? value : value + 0.8 * (value - (soft[at] ?? 0)),
    );
    expect(psnr(rendered, { data: new Uint8Array(sharpened), info })).toBeGreaterThan(40);
  });
});

test("Effects are made on the rendition, not on the source", async () => {
  const bytes = await file(read(opaque).png());
  const { samples: rendered } = await renderOne(bytes, { width: 80, blur: 2 });
  const small = await decode(await file(read(opaque).resize(80).png()));
  expect(psnr(rendered, await blurred(small, 2))).toBeGreaterThan(40);
});

test("The order is blur, then sharpen, then the tones", async () => {
  let bytes: Uint8Array = await file(read(opaque).png());
  const steps = [{ blur: 1.5 }, { sharpen: 3 }, { gamma: 0.7, saturation: 0.5 }];
  const atOnce = await renderOne(bytes, Object.assign({}, ...steps));
  for (const step of steps) bytes = (await renderOne(bytes, step)).rendition.bytes;
  expect(atOnce.rendition.bytes).toEqual(bytes);
});

test("Sharpening steepens an edge the more the higher it is, and leaves flat parts alone", async () => {
  const data = new Uint8Array(3 * 40 * 9).map((_, at) => (at % 120 < 60 ? 60 : 200));
  const edge = await file(read({ data, info: { width: 40, height: 9, channels: 3 } }).png());
  const steps: number[] = [];
  for (const sharpen of [0, 0.5, 1, 3]) {
    const { samples: rendered } = await renderOne(edge, { sharpen });
    const row = rendered.data.subarray(4 * 160, 4 * 200);
    steps.push((row[4 * 20] ?? 0) - (row[4 * 19] ?? 0));
    expect([row[0], row[4 * 39]]).toEqual([60, 200]);
  }
  expect(steps[0]).toBe(140);
  expect(steps).toEqual(steps.toSorted((left, right) => left - right));
  expect(new Set(steps).size).toBe(steps.length);
});
