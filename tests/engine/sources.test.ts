import sharp from "sharp";
import { describe, expect, test } from "vitest";
import type { PictureFormat } from "../../core/image/formats.ts";
import { jpegIccSegments } from "../../engine/codecs/jpeg/syntax/icc.ts";
import { newRenderer } from "./renderer.ts";
import { decode, file, psnr, read, scene } from "./scene.ts";

const { render, renderOne } = newRenderer();
const samples = scene(120, 80);
const pictureFormats: readonly PictureFormat[] = ["jpeg", "png", "webp", "avif"];

describe("an animation", () => {
  test.each(["gif", "webp"] as const)("in a %s gives its first frame", async (format) => {
    const frames = await Promise.all(
      ["#c81e28", "#0a1e28"].map((background) =>
        sharp({ create: { width: 40, height: 30, channels: 3, background } })
          .png()
          .toBuffer(),
      ),
    );
    const bytes = await file(sharp(frames, { join: { animated: true } }).toFormat(format));
    const { samples: rendered, source } = await renderOne(bytes);
    expect(source.frames).toBe(2);
    expect(rendered.info).toMatchObject({ width: 40, height: 30 });
    expect(Math.abs((rendered.data[0] ?? 0) - 0xc8)).toBeLessThan(6);
  });

  test("frame smaller than its GIF's screen is placed on it", async () => {
    const green = { width: 10, height: 10, channels: 3, background: "#00ff00" } as const;
    const bytes = await file(sharp({ create: green }).gif());
    const view = new DataView(bytes.buffer);
    view.setUint16(6, 30, true);
    view.setUint16(8, 20, true);
    const { data, info } = (await renderOne(bytes)).samples;
    expect(info).toMatchObject({ width: 30, height: 20 });
    expect([...data.subarray(0, 4)]).toEqual([0, 255, 0, 255]);
    expect(data.at(-3)).toBe(0);
  });
});

describe("colours", () => {
  test.each([
    { progressive: false, chromaSubsampling: "4:2:0" },
    { progressive: true, chromaSubsampling: "4:4:4" },
  ])("of CMYK are those that libvips sees: %j", async (options) => {
    const cmyk = read(samples).toColourspace("cmyk");
    const bytes = await file(cmyk.jpeg({ quality: 95, ...options }));
    expect(psnr((await renderOne(bytes)).samples, await decode(bytes))).toBeGreaterThan(33);
    const { samples: small } = await renderOne(bytes, { width: 30 });
    const wanted = read(await decode(bytes)).resize(30);
    expect(psnr(small, await decode(await file(wanted.png())))).toBeGreaterThan(30);
  });

  /** What only a wide gamut can show, so that pixels left as they are would look dull. */
  const vivid = {
    ...samples,
    data: samples.data.map((value) => (value < 128 ? value / 4 : value)),
  };

  test.each(pictureFormats)("of a Display P3 %s become sRGB, as in libvips", async (format) => {
    const options = { quality: 95, chromaSubsampling: "4:4:4", effort: 1 };
    const wide = read(vivid).withIccProfile("p3").toFormat(format, options);
    const bytes = await file(wide);
    const { samples: rendered, rendition, source } = await renderOne(bytes);
    expect(source.hasIcc).toBe(true);
    const wanted = await decode(bytes);
    expect(psnr(rendered, wanted)).toBeGreaterThan(35);
    const unconverted = await decode(await file(sharp(bytes, { ignoreIcc: true }).png()));
    expect(psnr(unconverted, wanted)).toBeLessThan(30);
    expect((await sharp(rendition.bytes).metadata()).icc).toBeUndefined();
  });

  test("that only tables describe are carried as they are, with their profile", async () => {
    const plain = await file(read(samples).withIccProfile("p3").jpeg({ quality: 95 }));
    const { icc = Buffer.alloc(0) } = await sharp(plain).metadata();
    // Without the red curve the matrix is of no use.
    const opaque = Uint8Array.from(icc);
    opaque.set(new TextEncoder().encode("xTRC"), icc.indexOf("rTRC"));
    const bare = await file(read(samples).jpeg({ quality: 95 }));
    const bytes = new Uint8Array([
      ...bare.subarray(0, 2),
      ...jpegIccSegments(opaque),
      ...bare.subarray(2),
    ]);
    const outputs = pictureFormats.map((format) => ({ format, quality: 95 }));
    const { renditions } = await render(bytes, ...outputs, { width: 20 });
    for (const rendition of renditions) {
      const { icc: carried } = await sharp(rendition.bytes).metadata();
      expect(new Uint8Array(carried ?? [])).toEqual(opaque);
    }
    const pixels = await decode(await file(sharp(renditions[1]?.bytes, { ignoreIcc: true }).png()));
    expect(psnr(pixels, await decode(bare))).toBeGreaterThan(40);
  });
});

describe("metadata", () => {
  const exif = {
    IFD0: { Copyright: "a name", Make: "a camera" },
    IFD3: { GPSLatitudeRef: "N", GPSLatitude: "51/1 30/1 0/1" },
  };
  const tagged = (format: "jpeg" | "png" | "webp") =>
    file(
      read(samples)
        .withExif(exif)
        .withXmp("<x:xmpmeta xmlns:x='adobe:ns:meta/'/>")
        .withIccProfile("srgb")
        .toFormat(format),
    );
  const contains = (bytes: Uint8Array, text: string) => Buffer.from(bytes).includes(text);

  test.each(["jpeg", "png", "webp"] as const)("of a %s is left behind", async (format) => {
    const bytes = await tagged(format);
    expect(await sharp(bytes).metadata()).toMatchObject({ hasProfile: true });
    const { renditions } = await render(bytes, ...pictureFormats.map((each) => ({ format: each })));
    for (const rendition of renditions) {
      const { exif: kept, icc, xmp, orientation } = await sharp(rendition.bytes).metadata();
      expect({ kept, icc, xmp, orientation }).toEqual({});
      expect(contains(rendition.bytes, "a name")).toBe(false);
    }
  });

  test.each([
    ["copyright", [true, false]],
    ["keep", [true, true]],
  ] as const)("metadata=%s keeps it in a JPEG", async (metadata, kept) => {
    for (const from of ["jpeg", "png", "webp"] as const) {
      const { rendition } = await renderOne(await tagged(from), {
        metadata,
        format: "jpeg",
        width: 60,
      });
      const { bytes } = rendition;
      expect([contains(bytes, "a name"), contains(bytes, "a camera")]).toEqual(kept);
      expect((await sharp(bytes).metadata()).orientation ?? 1).toBe(1);
    }
  });

  test("that is kept never turns a rendition twice", async () => {
    const turned = read(samples).withExif(exif).withMetadata({ orientation: 6 });
    const options = { metadata: "keep", format: "jpeg", quality: 95 } as const;
    const bytes = await file(turned.jpeg({ quality: 95 }));
    const { samples: rendered } = await renderOne(bytes, options);
    expect(psnr(rendered, await decode(bytes))).toBeGreaterThan(33);
  });
});
