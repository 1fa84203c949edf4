import { describe, expect, test } from "vitest";
import type { RenderTransform } from "../../core/transform/transform.ts";
import type { Rgba } from "../../core/transform/values.ts";
import { newRenderer } from "./renderer.ts";
import { decode, fadingScene, file, psnr, read, scene } from "./scene.ts";

const { renderOne } = newRenderer();
const fading = fadingScene(120, 80);
const source = await file(read(fading).png());

const azure: Rgba = { r: 30, g: 144, b: 255, a: 255 };
const halfAzure: Rgba = { ...azure, a: 128 };

const render = async (options: Partial<RenderTransform>, bytes = source) =>
  (await renderOne(bytes, options)).samples;

const pixelAt = ({ data, info }: Awaited<ReturnType<typeof decode>>, x: number, y: number) => [
  ...data.subarray(4 * (y * info.width + x), 4 * (y * info.width + x) + 4),
];

describe("transparency", () => {
  test.each([
    ["png", 45],
    ["webp", 37],
    ["avif", 30],
  ] as const)("is kept in %s, resized as sharp does", async (format, decibelsMin) => {
    const wanted = read(fading).resize(60);
    const rendered = await render({ width: 60, format });
    expect(psnr(rendered, await decode(await file(wanted.png())))).toBeGreaterThan(decibelsMin);
  });

  test.each(["png", "webp", "gif", "avif"] as const)("is read from a %s", async (format) => {
    const made = await file(read(fading).toFormat(format, { quality: 90, effort: 1 }));
    const wanted = read(await decode(made)).resize(60);
    const rendered = await render({ width: 60 }, made);
    expect(psnr(rendered, await decode(await file(wanted.png())))).toBeGreaterThan(34);
  });

  test("never lets the colour hidden under it bleed into what is seen", async () => {
    const { data } = await render({ width: 37 });
    const pixels = Array.from({ length: data.length / 4 }, (_, k) => data.subarray(4 * k));
    const seen = pixels.filter(([, , , alpha = 0]) => alpha > 16);
    expect(seen.length).toBeGreaterThan(0);
    // The hidden red is 255, 0, 0; no visible colour of the scene comes near it.
    for (const [red = 0, , blue = 0] of seen) expect(red - blue).toBeLessThan(200);
  });

  test.each([
    { name: "no background", background: undefined, like: "#ffffff" },
    { name: "an opaque background", background: azure, like: "#1e90ff" },
    { name: "a translucent one, which lies on white", background: halfAzure, like: "#8ec7ff" },
  ])("becomes colour in a JPEG with $name", async ({ background, like }) => {
    const rendered = await render({ width: 60, format: "jpeg", quality: 95, background });
    const wanted = read(fading).resize(60).flatten({ background: like });
    expect(psnr(rendered, await decode(await file(wanted.png())))).toBeGreaterThan(33);
    expect(pixelAt(rendered, 59, 40)).not.toEqual([255, 0, 0, 255]);
  });

  test("is filled by an opaque background in formats that could keep it", async () => {
    const wanted = read(fading).flatten({ background: "#1e90ff" });
    const rendered = await render({ background: azure });
    expect(psnr(rendered, await decode(await file(wanted.png())))).toBeGreaterThan(45);
  });

  test("survives a filter that overshoots beside it", async () => {
    const data = new Uint8Array(4 * 90 * 90);
    for (let pixel = 0; pixel < 90 * 90; pixel++) {
      data.set(pixel % 90 < 45 ? [0, 0, 0, 255] : [255, 255, 255, 200], 4 * pixel);
    }
    const edge = await file(read({ data, info: { width: 90, height: 90, channels: 4 } }).png());
    const background = { r: 255, g: 255, b: 255, a: 255 };
    const rendered = await render({ width: 61, background }, edge);
    for (let x = 31; x < 61; x++) expect(pixelAt(rendered, x, 30)[0]).toBeGreaterThan(220);
  });
});

const nothing = { r: 0, g: 0, b: 0, a: 0 };

describe("padding", () => {
  const pad = { width: 100, height: 100, fit: "pad" } as const;
  const opaque = scene(120, 80);

  test.each([
    { name: "white in a PNG, as at Cloudflare", options: {}, corner: [255, 255, 255, 255] },
    {
      name: "clear where that is asked for",
      options: { background: nothing },
      corner: [0, 0, 0, 0],
    },
    { name: "white in a JPEG", options: { format: "jpeg" }, corner: [255, 255, 255, 255] },
    { name: "the background", options: { background: azure }, corner: [30, 144, 255, 255] },
    {
      name: "a translucent background",
      options: { background: halfAzure },
      corner: [30, 144, 255, 128],
    },
  ] as const)("is $name", async ({ options, corner }) => {
    const rendered = await render({ ...pad, ...options }, await file(read(opaque).png()));
    expect(pixelAt(rendered, 0, 0)).toEqual(corner);
    expect(pixelAt(rendered, 99, 99)).toEqual(corner);
    expect(pixelAt(rendered, 50, 50)[3]).toBe(255);
  });

  test("stays one colour beside a blurred picture", async () => {
    const options = { ...pad, background: azure, blur: 8 };
    const rendered = await render(options, await file(read(opaque).png()));
    for (let x = 0; x < 100; x++) expect(pixelAt(rendered, x, 15)).toEqual([30, 144, 255, 255]);
  });
});

describe("a border", () => {
  const border = { top: 1, right: 2, bottom: 3, left: 4, colour: azure };
  const opaque = scene(120, 80);

  test("lies around what the rendition would be without it, in its own colour", async () => {
    const bytes = await file(read(opaque).png());
    const bare = await render({ width: 60 }, bytes);
    const framed = await render({ width: 60, border }, bytes);
    const { top, right, bottom, left } = border;
    const wanted = read(bare).extend({ top, right, bottom, left, background: "#1e90ff" });
    expect(framed).toEqual(await decode(await file(wanted.png())));
  });

  test("is as wide as dpr makes it, and encloses padding", async () => {
    const options = { width: 60, height: 60, fit: "pad", dpr: 2, background: halfAzure } as const;
    const rendered = await render({ ...options, border }, await file(read(opaque).png()));
    expect(rendered.info).toMatchObject({ width: 120 + 4 + 8, height: 120 + 2 + 6 });
    expect(pixelAt(rendered, 7, 60)).toEqual([30, 144, 255, 255]);
    expect(pixelAt(rendered, 8, 2)).toEqual([30, 144, 255, 128]);
    expect(pixelAt(rendered, 8, 62)[3]).toBe(255);
  });

  test("that can be seen through lies on white in a JPEG", async () => {
    const options = { border: { ...border, colour: halfAzure }, format: "jpeg" } as const;
    const rendered = await render({ ...options, quality: 100 }, await file(read(opaque).png()));
    const [red = 0, green = 0, blue = 0] = pixelAt(rendered, 0, 40);
    expect(Math.abs(red - 142) + Math.abs(green - 199) + Math.abs(blue - 255)).toBeLessThan(9);
  });
});
