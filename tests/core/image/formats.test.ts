import { describe, expect, test } from "vitest";
import {
  alwaysRead,
  formats,
  mediaType,
  outputFormats,
  sourceFormats,
  titlesOf,
} from "../../../core/image/formats.ts";
import { colourWeights, hasKnownMatrix } from "../../../core/image/heif/colour.ts";
import { uprightSize } from "../../../core/image/image-info.ts";
import { parseSwitchedOn, refuseSwitchedOff } from "../../../core/image/optional-formats.ts";
import { refuseSize } from "../../../core/image/probe-answer.ts";
import { parseInfo, serializeInfo } from "../../../core/image/stored-info.ts";
import { limits } from "../../../core/limits.ts";
import { pictureInfo } from "./picture-info.ts";

describe("formats", () => {
  const having = (isWanted: (name: keyof typeof formats) => boolean) =>
    (Object.keys(formats) as (keyof typeof formats)[]).filter(isWanted).join();

  test("are read and written as documented", () => {
    expect(sourceFormats).toEqual(["jpeg", "png", "webp", "gif", "avif", "heic"]);
    expect(alwaysRead).toEqual(["jpeg", "png", "webp", "gif", "avif"]);
    expect(outputFormats).toEqual(["jpeg", "png", "webp", "avif", "json"]);
  });

  test("keep what is documented", () => {
    expect(having((name) => formats[name].keeps.transparency)).toBe("png,webp,gif,avif,json");
    expect(having((name) => formats[name].keeps.animation)).toBe("webp");
    expect(having((name) => formats[name].keeps.metadata)).toBe("jpeg");
    expect(having((name) => formats[name].isUniversal)).toBe("jpeg,png,webp,gif,json");
    expect(having((name) => formats[name].source?.hasFrames ?? false)).toBe("png,webp,gif");
    expect(having((name) => formats[name].output?.hasQuality ?? false)).toBe("jpeg,webp,avif");
    expect(having((name) => formats[name].output?.auto !== undefined)).toBe("webp,avif");
  });

  test("go by other names too", () => {
    expect(formats.jpeg.aliases).toEqual(["jpg", "baseline-jpeg"]);
    expect(having((name) => formats[name].aliases.length > 0)).toBe("jpeg");
    expect(mediaType("heic")).toBe("image/heic");
  });

  test.each([
    [[], ""],
    [["jpeg"], "JPEG"],
    [["jpeg", "png"], "JPEG or PNG"],
    [["jpeg", "webp", "avif"], "JPEG, WebP or AVIF"],
  ] as const)("%j are named %j", (some, text) => {
    expect(titlesOf(some, "or")).toBe(text);
  });

  test("that an operator has to switch on are refused, with a hint, until they are", () => {
    expect(refuseSwitchedOff("heic", [])).toMatchObject({
      reason: "unsupported_format",
      detected: "a HEIC picture",
      remedy: expect.stringContaining("docs/heic.md") as string,
    });
    expect(refuseSwitchedOff("heic", ["heic"])).toBeUndefined();
    expect(refuseSwitchedOff("jpeg", [])).toBeUndefined();
    expect(parseSwitchedOn()).toEqual([]);
    expect(parseSwitchedOn(" heic ,psd")).toEqual(["heic"]);
  });
});

describe("what a header says, kept with the bytes,", () => {
  const info = pictureInfo({ format: "avif", orientation: 8, partPixels: 9, hasIcc: true });

  test("is read back as it was written", () => {
    expect(parseInfo(serializeInfo(info))).toEqual(info);
    for (const orientation of [1, 8] as const) {
      const turned = { ...info, orientation };
      expect(parseInfo(serializeInfo(turned))).toEqual(turned);
    }
  });

  test.each(["format", "width", "height", "orientation", "hasAlpha", "frames", "bitDepth"])(
    "is not believed without its %s",
    (field) => {
      expect(parseInfo(serializeInfo({ ...info, [field]: undefined }))).toBeNull();
    },
  );

  test.each(["progressive", "colour", "lossless", "samplesPerPixel", "hasIcc"])(
    "nor without its %s",
    (field) => {
      expect(parseInfo(serializeInfo({ ...info, [field]: undefined }))).toBeNull();
    },
  );

  test.each<[string, unknown]>([
    ["format", "psd"],
    ["orientation", 0],
    ["orientation", 9],
    ["colour", "lab"],
    ["width", 1.5],
  ])("nor with %s %j", (field, value) => {
    expect(parseInfo(JSON.stringify({ ...info, [field]: value }))).toBeNull();
  });

  test.each([undefined, "", "{", "null"])("nor as %j", (text) => {
    expect(parseInfo(text)).toBeNull();
  });
});

test.each([1, 2, 3, 4, 5, 6, 7, 8] as const)("orientation %i turns from 5 on", (orientation) => {
  const turned = uprightSize({ width: 3, height: 2, orientation });
  expect(turned).toEqual(orientation >= 5 ? { width: 2, height: 3 } : { width: 3, height: 2 });
});

describe("a size", () => {
  const side = limits.sourceSideMax;
  test.each([
    [1, 1],
    [side, Math.floor(limits.sourcePixelsMax / side)],
    [limits.sourcePixelsMax / 8000, 8000],
  ])("of %i × %i is taken", (width, height) => {
    expect(refuseSize(width, height)).toBeUndefined();
    expect(refuseSize(height, width)).toBeUndefined();
  });

  test.each([
    [0, 1, "corrupt_image"],
    [side + 1, 1, "image_too_large"],
    [limits.sourcePixelsMax / 8000 + 1, 8000, "image_too_large"],
  ])("of %i × %i is refused: %s", (width, height, reason) => {
    expect(refuseSize(width, height)).toMatchObject({ refusal: { reason } });
    expect(refuseSize(height, width)).toMatchObject({ refusal: { reason } });
  });
});

test("colours are mixed as the matrices of H.273 say", () => {
  const to3 = (matrix: number) =>
    Object.values(colourWeights(matrix) ?? {}).map((weight) => Number(weight.toFixed(3)));
  expect(to3(6)).toEqual([1.402, -0.344, -0.714, 1.772]);
  expect(to3(1)).toEqual([1.575, -0.187, -0.468, 1.856]);
  expect(to3(9)).toEqual([1.475, -0.165, -0.571, 1.881]);
  for (const matrix of [2, 5]) expect(to3(matrix)).toEqual(to3(6));
  for (const matrix of [4, 7]) expect(hasKnownMatrix(matrix)).toBe(true);
  for (const matrix of [0, 3, 8, 10]) {
    expect(hasKnownMatrix(matrix)).toBe(false);
    expect(colourWeights(matrix)).toBeUndefined();
  }
});
