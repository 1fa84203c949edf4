import { describe, expect, test } from "vitest";
import type { ImageInfo } from "../../core/image/image-info.ts";
import type { Size } from "../../core/image/size.ts";
import { planRender } from "../../core/plan/plan.ts";
import type { RenderTransform } from "../../core/transform/transform.ts";
import type { Encoder, Encoders } from "../../engine/codecs/codec.ts";
import type { Colours } from "../../engine/colour/colour.ts";
import { canKeepPlanes, halvesChroma, planeRequest } from "../../engine/plane-request.ts";
import { pictureInfo } from "../core/image/picture-info.ts";
import { transform } from "./scene.ts";

const plain = pictureInfo({ width: 600, height: 400 });
const srgb: Colours = { profile: { kind: "srgb" } };
const converted: Colours = {
  profile: { kind: "convertible", curves: new Float32Array(768), matrix: [] },
};

const encoder: Encoder = {
  encode: () => {
    throw new Error("nothing is encoded here");
  },
  wasmBytes: 0,
};
const asked: [quality: number, size: Size][] = [];
const encoders: Encoders = {
  jpeg: { ...encoder, encodePlanes: () => undefined, halvesChroma: () => true },
  webp: {
    ...encoder,
    halvesChroma(quality, size) {
      asked.push([quality, size]);
      return quality < 100;
    },
  },
  avif: { ...encoder, halvesChroma: () => false },
  png: encoder,
};

function planned(options: readonly Partial<RenderTransform>[], info: ImageInfo = plain) {
  const plan = planRender(info, options.map(transform), 1000);
  const [output] = plan.ok ? plan.value.outputs : [];
  if (!plan.ok || !output) throw new Error("No plan");
  return { plan: plan.value, output };
}

describe("planes are kept to the file", () => {
  const areKept = (options: Partial<RenderTransform>, colours = srgb, info = plain) =>
    canKeepPlanes(encoders, info, planned([options], info).output, colours);

  test("where the encoder takes them, whatever the size", () => {
    expect(areKept({ format: "jpeg" })).toBe(true);
    expect(areKept({ format: "jpeg", width: 50 })).toBe(true);
    expect(areKept({ format: "webp" })).toBe(false);
    expect(areKept({ format: "json" })).toBe(false);
  });

  test.each<[string, Partial<RenderTransform>]>([
    ["a size of the file is to be kept", { bytesMax: 1000 }],
    ["it is turned", { rotate: 90 }],
    ["it is flipped", { flip: "h" }],
    ["an effect changes pixels", { blur: 1 }],
    [
      "it stands on a canvas",
      { border: { top: 1, right: 1, bottom: 1, left: 1, colour: { r: 0, g: 0, b: 0, a: 0 } } },
    ],
  ])("not where %s", (_, options) => {
    expect(areKept({ format: "jpeg", ...options })).toBe(false);
  });

  test("not where colours are converted, or the stored picture is turned", () => {
    expect(areKept({ format: "jpeg" }, converted)).toBe(false);
    expect(areKept({ format: "jpeg" }, srgb, { ...plain, orientation: 6 })).toBe(false);
    // What turns it back.
    expect(areKept({ format: "jpeg", rotate: 270 }, srgb, { ...plain, orientation: 6 })).toBe(true);
  });

  test("and a background does not matter: planes are opaque", () => {
    expect(areKept({ format: "jpeg", background: { r: 1, g: 2, b: 3, a: 255 } })).toBe(true);
  });
});

describe("chroma is wanted at half the size", () => {
  const isHalved = (options: Partial<RenderTransform>, colours = srgb, info = plain) =>
    halvesChroma(encoders, info, planned([options], info).output, colours);

  test("where the encoder halves it, at this quality and size", () => {
    expect(isHalved({ format: "jpeg" })).toBe(true);
    expect(isHalved({ format: "webp", quality: 70, width: 300 })).toBe(true);
    expect(asked.at(-1)).toEqual([70, { width: 300, height: 200 }]);
    expect(isHalved({ format: "webp", quality: 100 })).toBe(false);
    expect(isHalved({ format: "avif" })).toBe(false);
    expect(isHalved({ format: "png" })).toBe(false);
    expect(isHalved({ format: "json" })).toBe(false);
  });

  test("not where a pixel is changed before", () => {
    expect(isHalved({ format: "jpeg", rotate: 180 })).toBe(false);
    expect(isHalved({ format: "jpeg", sharpen: 1 })).toBe(false);
    expect(isHalved({ format: "jpeg" }, converted)).toBe(false);
  });
});

describe("of a decoder are wanted", () => {
  const request = (
    options: readonly Partial<RenderTransform>[],
    info = plain,
    rowsAtOnce = Infinity,
  ) => planeRequest(encoders, info, { ...planned(options, info).plan, rowsAtOnce });

  test("as many pixels for each as the output wants that wants most", () => {
    expect(request([{ format: "png", width: 200 }])).toMatchObject({ ratio: 3, chromaRatio: 3 });
    const both = [
      { format: "png", width: 200 },
      { format: "png", width: 300 },
    ] as const;
    expect(request(both)).toMatchObject({ ratio: 2, chromaRatio: 2 });
    const squeezed = { format: "png", width: 100, height: 200, fit: "squeeze" } as const;
    expect(request([squeezed])).toMatchObject({ ratio: 2 });
    expect(request([{ ...squeezed, width: 200, height: 100 }])).toMatchObject({ ratio: 3 });
  });

  test("half as many samples of chroma where every output halves it, and there is no profile", () => {
    expect(request([{ format: "jpeg", width: 200 }])).toMatchObject({ ratio: 3, chromaRatio: 6 });
    const both = [{ format: "jpeg" }, { format: "png" }] as const;
    expect(request(both)).toMatchObject({ ratio: 1, chromaRatio: 1 });
    const withProfile = { ...plain, hasIcc: true };
    expect(request([{ format: "jpeg" }], withProfile)).toMatchObject({ chromaRatio: 1 });
  });

  test("all pixels, where rows are read more than once", () => {
    const trim = { by: "area", left: 100, top: 50, width: 300, height: 200 } as const;
    const whole = { x: 0, y: 0, width: 600, height: 400 };
    expect(request([{ trim }])).toMatchObject({ rowsAtOnce: Infinity, window: whole });
  });

  test("else those that are looked at, and what the filter reaches around them", () => {
    const trim = { by: "area", left: 100, top: 50, width: 300, height: 200 } as const;
    const around = (across: number) => ({
      x: 100 - across,
      y: 50 - across,
      width: 300 + 2 * across,
      height: 200 + 2 * across,
    });
    expect(request([{ trim }], plain, 30)).toMatchObject({
      rowsAtOnce: 30,
      window: around(6 + 64),
    });
    expect(request([{ trim, width: 150 }], plain, 30).window).toEqual(around(12 + 64));
    const enlarged = { trim, width: 600, fit: "contain" } as const;
    expect(request([enlarged], plain, 30).window).toEqual(around(6 + 64));
    const squeezed = { trim, width: 300, height: 50, fit: "squeeze" } as const;
    expect(request([squeezed], plain, 30).window).toEqual(around(24 + 64));
    expect(request([{ ...squeezed, width: 75, height: 200 }], plain, 30).window).toEqual(
      around(24 + 64),
    );
  });

  test("as the picture is stored, however it is turned", () => {
    const trim = { by: "area", left: 100, top: 50, width: 200, height: 300 } as const;
    const turned = { ...plain, orientation: 6 } as const;
    const { window } = request([{ trim }], turned, 30);
    expect(window).toEqual({ x: 50 - 70, y: 400 - 300 - 70, width: 300 + 140, height: 200 + 140 });
  });
});
