import { thumbHashToRGBA } from "thumbhash";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import type { PictureDescription } from "../../core/plan/picture-description.ts";
import type { RenderTransform } from "../../core/transform/transform.ts";
import type { Rgba } from "../../core/transform/values.ts";
import { newRenderer } from "./renderer.ts";
import { decode, file, psnr, read, scene, turnedFile, type Samples } from "./scene.ts";

const { render, renderOne } = newRenderer();

/** A scene that lies on one colour, and where. */
const inner = { left: 31, top: 17, width: 90, height: 60 };
async function framed(background: string, format: "png" | "jpeg" = "png"): Promise<Uint8Array> {
  const { left, top, width, height } = inner;
  const picture = read(scene(width, height)).ensureAlpha();
  const extended = picture.extend({ left, top, right: 25, bottom: 41, background });
  return file(format === "png" ? extended.png() : extended.jpeg({ quality: 95 }));
}

const cut = async (samples: Samples, left: number, top: number, width: number, height: number) =>
  decode(await file(read(samples).extract({ left, top, width, height }).png()));

describe("trim", () => {
  const samples = scene(120, 80);
  const sides = { by: "sides", top: 10, right: 20, bottom: 5, left: 30 } as const;

  test.each<[string, Partial<RenderTransform>, [number, number, number, number]]>([
    ["sides", { trim: sides }, [30, 10, 70, 65]],
    ["sides at a dpr", { trim: sides, dpr: 2 }, [60, 20, 20, 50]],
    ["fractions", { trim: { ...sides, top: 0.25, left: 0.5 } }, [60, 20, 40, 55]],
    ["an area", { trim: { by: "area", left: 8, top: 6, width: 50, height: 40 } }, [8, 6, 50, 40]],
    ["an area to the edge", { trim: { by: "area", left: 0.5, top: 6 } }, [60, 6, 60, 74]],
  ])("by %s leaves those pixels, untouched", async (_, options, area) => {
    const bytes = await file(read(samples).png());
    const { samples: rendered } = await renderOne(bytes, options);
    expect(rendered).toEqual(await cut(await decode(bytes), ...area));
  });

  const border = { by: "border", tolerance: 10, keep: 0 } as const;
  const azure: Rgba = { r: 30, g: 144, b: 255, a: 255 };

  test.each([
    { name: "of the corner's colour", background: "#808080", trim: border },
    { name: "of the colour asked for", background: "#1e90ff", trim: { ...border, colour: azure } },
    { name: "that is transparent", background: "#00000000", trim: border },
  ])("finds a border $name to the pixel", async ({ background, trim }) => {
    const bytes = await framed(background);
    const { samples: rendered } = await renderOne(bytes, { trim });
    const { left, top, width, height } = inner;
    expect(rendered).toEqual(await cut(await decode(bytes), left, top, width, height));
  });

  test("finds a border through what a JPEG does to it, and keeps as much as asked", async () => {
    const bytes = await framed("#ffffff", "jpeg");
    const { rendition } = await renderOne(bytes, { trim: { ...border, tolerance: 20, keep: 4 } });
    expect(Math.abs(rendition.width - inner.width - 8)).toBeLessThanOrEqual(2);
    expect(Math.abs(rendition.height - inner.height - 8)).toBeLessThanOrEqual(2);
  });

  test("leaves a picture alone whose corner has another colour, or that is nothing but border", async () => {
    const colour = { r: 255, g: 0, b: 255, a: 255 };
    const other = await renderOne(await framed("#808080"), { trim: { ...border, colour } });
    expect(other.rendition).toMatchObject({ width: 146, height: 118 });
    const flat = sharp({ create: { width: 40, height: 30, channels: 3, background: "teal" } });
    const same = await renderOne(await file(flat.png()), { trim: border });
    expect(same.rendition).toMatchObject({ width: 40, height: 30 });
  });

  test("comes before the resize, which takes its size from what is left", async () => {
    const { rendition, samples: rendered } = await renderOne(await framed("#808080"), {
      trim: border,
      width: 45,
    });
    expect(rendition).toMatchObject({ width: 45, height: 30 });
    const wanted = read(scene(inner.width, inner.height)).resize(45, 30);
    expect(psnr(rendered, await decode(await file(wanted.png())))).toBeGreaterThan(40);
  });

  test("is each output's own", async () => {
    const outputs = [{}, { trim: border }, { trim: sides }];
    const { renditions } = await render(await framed("#808080"), ...outputs);
    expect(renditions.map(({ width, height }) => `${width}x${height}`)).toEqual([
      "146x118",
      "90x60",
      "96x103",
    ]);
  });
});

describe("gravity=auto", () => {
  /** A bright disc on a dull gradient. */
  function discAt(x: number, y: number): Samples {
    const [width, height] = [240, 160];
    const data = new Uint8Array(3 * width * height);
    for (let at = 0; at < width * height; at++) {
      const [column, row] = [at % width, Math.floor(at / width)];
      const inside = Math.hypot(column - x, row - y) < 18;
      data.set(inside ? [230, 60, 30] : [100 + column / 12, 110, 110 + row / 16], 3 * at);
    }
    return { data, info: { width, height, channels: 3 } };
  }

  const discPixels = ({ data }: Samples) => {
    let count = 0;
    for (let at = 0; at < data.length; at += 4) {
      if ((data[at] ?? 0) > 180 && (data[at + 1] ?? 255) < 110) count++;
    }
    return count;
  };

  test.each([
    [25, 30],
    [215, 130],
    [25, 130],
    [200, 40],
    [120, 80],
  ])("keeps what draws the eye, at %i, %i", async (x, y) => {
    const bytes = await file(read(discAt(x, y)).png());
    for (const [width, height] of [
      [60, 60],
      [40, 80],
    ] as const) {
      const options = { width, height, fit: "cover", gravity: "auto" } as const;
      const scale = Math.max(width / 240, height / 160);
      const { samples: rendered } = await renderOne(bytes, options);
      expect(rendered.info).toMatchObject({ width, height });
      expect(discPixels(rendered)).toBeGreaterThan(0.85 * Math.PI * (18 * scale) ** 2);
    }
  });

  test("looks at the picture as it is seen: turned, trimmed, flipped", async () => {
    const upright = discAt(25, 80);
    const bytes = await turnedFile(upright, 6);
    const auto = { width: 60, height: 60, fit: "cover", gravity: "auto" } as const;
    for (const more of [{}, { flip: "h" }, { rotate: 90 }, { rotate: 180, flip: "v" }] as const) {
      const { samples: rendered } = await renderOne(bytes, { ...auto, ...more });
      expect(discPixels(rendered)).toBeGreaterThan(0.85 * Math.PI * (18 * (60 / 160)) ** 2);
    }
    const trim = { by: "sides", left: 0, right: 0, top: 100, bottom: 0 } as const;
    const { samples: trimmed } = await renderOne(bytes, { ...auto, trim });
    expect(trimmed.info).toMatchObject({ width: 60, height: 60 });
  });
});

describe("format=json", () => {
  async function describing(source: Uint8Array, options: Partial<RenderTransform> = {}) {
    const { renditions } = await render(source, { ...options, format: "json" });
    const [rendition] = renditions;
    if (!rendition) throw new Error("One output was asked for");
    const text = new TextDecoder().decode(rendition.bytes);
    return { rendition, description: JSON.parse(text) as PictureDescription };
  }

  test("says what the rendition would be, and what the source is", async () => {
    const bytes = await turnedFile(scene(120, 80), 6);
    const { rendition, description } = await describing(bytes, { width: 40 });
    expect(rendition).toMatchObject({ width: 40, height: 60, format: "json" });
    expect(description).toMatchObject({
      width: 40,
      height: 60,
      original: {
        file_size: bytes.length,
        width: 80,
        height: 120,
        format: "image/png",
        orientation: 6,
      },
    });
  });

  test("says what is left within a border", async () => {
    const border = read(scene(300, 200)).extend({
      top: 20,
      bottom: 20,
      left: 20,
      right: 20,
      background: "#123456",
    });
    const trim = { by: "border", tolerance: 10, keep: 0 } as const;
    const { description } = await describing(await border.png().toBuffer(), { trim });
    expect(description).toMatchObject({ width: 300, height: 200 });
  });

  test("is had of a picture whose rendition would be too large", async () => {
    const size = { width: 5000, height: 4000 };
    const large = await sharp({ create: { ...size, channels: 3, background: "#0a64f0" } })
      .jpeg()
      .toBuffer();
    const { rendition, description } = await describing(large);
    expect(rendition).toMatchObject(size);
    expect(description).toMatchObject(size);
  });

  test.each([
    ["#c81e28", [200, 30, 40]],
    ["#0a64f0", [10, 100, 240]],
  ] as const)("names the colour of most pixels: %s", async (background, [r, g, b]) => {
    const flat = sharp({ create: { width: 300, height: 200, channels: 3, background } });
    const mark = {
      input: Buffer.alloc(3 * 60 * 60, 255),
      raw: { width: 60, height: 60, channels: 3 },
    } as const;
    const { description } = await describing(await file(flat.composite([mark]).png()));
    const colour = /^#(..)(..)(..)$/.exec(description.dominant_color ?? "");
    const [red = 0, green = 0, blue = 0] = (colour ?? []).slice(1).map((hex) => parseInt(hex, 16));
    expect(Math.abs(red - r) + Math.abs(green - g) + Math.abs(blue - b)).toBeLessThan(12);
  });

  test("has a ThumbHash that looks like the rendition", async () => {
    const samples = scene(240, 160);
    const { description } = await describing(await file(read(samples).jpeg()), { flip: "h" });
    const hash = Uint8Array.from(atob(description.thumbhash), (character) =>
      character.charCodeAt(0),
    );
    const { w: width, h: height, rgba } = thumbHashToRGBA(hash);
    const drawn = { data: new Uint8Array(rgba), info: { width, height, channels: 4 } } as const;
    const wanted = read(samples).flop().resize(width, height, { fit: "fill" }).blur(3);
    expect(psnr(drawn, await decode(await file(wanted.png())))).toBeGreaterThan(20);
  });

  test("names no colour where nothing can be seen", async () => {
    const clear = { r: 0, g: 0, b: 0, alpha: 0 };
    const blank = sharp({ create: { width: 30, height: 20, channels: 4, background: clear } });
    const { description } = await describing(await file(blank.png()));
    expect(description.dominant_color).toBeNull();
  });
});
