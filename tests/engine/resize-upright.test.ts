import { describe, expect, test } from "vitest";
import type { Orientation } from "../../core/image/header.ts";
import type { DecodedSource } from "../../engine/decode.ts";
import type { Plane } from "../../engine/pixels/plane-sampler.ts";
import { bytesAt, type Workspace } from "../../engine/pixels/workspace.ts";
import { partOf, resizeUpright, type Resize } from "../../engine/resize-upright.ts";
import { samplePsnr } from "../../bench/rgba-picture.ts";
import { pictureInfo } from "../core/image/picture-info.ts";
import { load, newWorkspace, read, scene } from "./pixels/fixtures.ts";

const upright = { flip: "", rotate: 0 } as const;

interface Stored {
  readonly width: number;
  readonly height: number;
  readonly orientation?: Orientation;
  readonly isOpaque?: boolean;
  /** The source's size, where it was shrunk. */
  readonly shrink?: number;
}

function decodedPixels({ width, height, orientation = 1, isOpaque = true, shrink = 1 }: Stored) {
  const workspace = newWorkspace();
  const rgba = scene(width, height);
  const info = pictureInfo({ width: width * shrink, height: height * shrink, orientation });
  const bitmap = load(workspace, rgba, width, height, isOpaque);
  const decoded: DecodedSource = { samples: "pixels", workspace, bitmap, info, shrink };
  return { decoded, rgba };
}

/** The same as planes of JPEG, chroma as fine as luma or half of it; or luma alone. */
function decodedPlanes(stored: Stored, components: 1 | 3, density: 1 | 2 = 1) {
  const { decoded, rgba } = decodedPixels(stored);
  const { workspace, info } = decoded;
  const { width, height } = stored;
  const componentAt = (index: number, x: number, y: number) => {
    const [red = 0, green = 0, blue = 0] = rgba.subarray(4 * (y * width + x)).subarray(0, 3);
    const luma = 0.299 * red + 0.587 * green + 0.114 * blue;
    return index === 0 ? luma : 128 + (index === 1 ? (blue - luma) * 0.564 : (red - luma) * 0.713);
  };
  const planes = [0, 1, 2].slice(0, components).map((index) => {
    const each = index === 0 ? 1 : density;
    return newPlane(workspace, width / each, height / each, (x, y) => {
      let sum = 0;
      for (let k = 0; k < each * each; k++) {
        sum += componentAt(index, x * each + (k % each), y * each + Math.floor(k / each));
      }
      return sum / (each * each);
    });
  });
  const [finish, free] = [() => {}, () => {}];
  const size = { width, height };
  const asPlanes: DecodedSource = {
    samples: "planes",
    workspace,
    size,
    planes,
    finish,
    free,
    info,
    shrink: 1,
  };
  return { decoded: asPlanes, rgba };
}

function newPlane(
  workspace: Workspace,
  width: number,
  height: number,
  valueAt: (x: number, y: number) => number,
): Plane {
  const stride = width + 64;
  const pointer = workspace.allocate(stride * height + 64);
  const bytes = bytesAt(workspace, pointer, stride * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) bytes[y * stride + x] = Math.round(valueAt(x, y));
  }
  return {
    pointer,
    stride,
    width,
    height,
    extentX: width,
    extentY: height,
    ringRows: height,
    ready: () => {},
  };
}

function resized(
  decoded: DecodedSource,
  resize: Resize,
  turned: Parameters<typeof resizeUpright>[1] = upright,
) {
  const next = nextBlock(decoded.workspace);
  const bitmap = resizeUpright(decoded, turned, resize);
  expect(bitmap).toMatchObject({ pointer: next, width: resize.to.width, height: resize.to.height });
  const rgba = read(decoded.workspace, bitmap);
  // All else that was held is free again.
  decoded.workspace.free(bitmap.pointer);
  expect(nextBlock(decoded.workspace)).toBe(next);
  return { rgba, isOpaque: bitmap.opaque };
}

/** Where a block goes that is larger than any picture here, so that nothing is left in its way. */
function nextBlock(workspace: Workspace): number {
  const pointer = workspace.allocate(1 << 20);
  workspace.free(pointer);
  return pointer;
}

const whole = ({ width, height }: { width: number; height: number }) => ({
  x: 0,
  y: 0,
  width,
  height,
});

describe("a resize", () => {
  test("takes the window of a picture that was shrunk at the size it has now", () => {
    const { decoded, rgba } = decodedPixels({ width: 40, height: 30, shrink: 4 });
    const window = { x: 40, y: 20, width: 80, height: 60 };
    const { rgba: cut } = resized(decoded, { window, to: { width: 20, height: 15 } });
    const expected = Array.from({ length: 15 }, (_, y) => [
      ...rgba.subarray(4 * ((y + 5) * 40 + 10)).subarray(0, 80),
    ]);
    expect([...cut]).toEqual(expected.flat());
  });

  test.each([1, 6] as const)(
    "writes the picture as it stands upright: orientation %i",
    (orientation) => {
      const { decoded, rgba } = decodedPixels({ width: 20, height: 12, orientation });
      const turned = resized(
        decoded,
        { window: { x: 0, y: 0, width: 12, height: 20 }, to: { width: 12, height: 20 } },
        orientation === 6 ? upright : { flip: "", rotate: 90 },
      );
      const expected = Array.from({ length: 240 }, (_, at) => {
        const [x, y] = [at % 12, Math.floor(at / 12)];
        return [...rgba.subarray(4 * ((11 - x) * 20 + y)).subarray(0, 4)];
      });
      expect([...turned.rgba]).toEqual(expected.flat());
    },
  );

  test("of pixels is as opaque as they are, and of planes opaque", () => {
    const size = { width: 8, height: 8 };
    const resize = { window: whole(size), to: size };
    for (const isOpaque of [true, false]) {
      expect(resized(decodedPixels({ ...size, isOpaque }).decoded, resize).isOpaque).toBe(isOpaque);
    }
    expect(resized(decodedPlanes(size, 3).decoded, resize).isOpaque).toBe(true);
  });
});

describe("planes", () => {
  const size = { width: 64, height: 48 };
  const to = { width: 33, height: 25 };
  const inPixels = () => resized(decodedPixels(size).decoded, { window: whole(size), to }).rgba;

  test("of three components are resampled as pixels are", () => {
    const { rgba } = resized(decodedPlanes(size, 3).decoded, { window: whole(size), to });
    expect(samplePsnr(rgba, inPixels())).toBeGreaterThan(45);
  });

  test("of which chroma is half as fine are resampled each at its own size", () => {
    const { rgba } = resized(decodedPlanes(size, 3, 2).decoded, { window: whole(size), to });
    expect(samplePsnr(rgba, inPixels())).toBeGreaterThan(31);
  });

  test("are turned, and a window is cut of each", () => {
    const resize = {
      window: { x: 8, y: 16, width: 20, height: 30 },
      to: { width: 10, height: 15 },
    };
    const turn = { flip: "h", rotate: 90 } as const;
    const { rgba } = resized(decodedPlanes(size, 3).decoded, resize, turn);
    const expected = resized(decodedPixels(size).decoded, resize, turn);
    expect(samplePsnr(rgba, expected.rgba)).toBeGreaterThan(45);
  });

  test("of luma alone are grey", () => {
    const { rgba } = resized(decodedPlanes(size, 1).decoded, { window: whole(size), to });
    const { rgba: coloured } = resized(decodedPlanes(size, 3).decoded, { window: whole(size), to });
    const luma = (at: number) =>
      0.299 * (coloured[at] ?? 0) +
      0.587 * (coloured[at + 1] ?? 0) +
      0.114 * (coloured[at + 2] ?? 0);
    const off = Array.from({ length: rgba.length / 4 }, (_, k) => {
      const [red = 0, green, blue, alpha] = rgba.subarray(4 * k, 4 * k + 4);
      expect([green, blue, alpha]).toEqual([red, red, 255]);
      return Math.abs(red - luma(4 * k));
    });
    expect(off.toSorted((left, right) => left - right)[Math.floor(off.length * 0.9)]).toBeLessThan(
      2,
    );
  });

  test("with halved chroma give squares of four pixels one chroma, and each its own luma", () => {
    const resize = { window: whole(size), to, halvesChroma: true };
    const { rgba } = resized(decodedPlanes(size, 3).decoded, resize);
    const colourAt = (x: number, y: number) => rgba.subarray(4 * (y * to.width + x)).subarray(0, 3);
    const isClipped = (colour: Uint8Array) => colour.some((value) => value === 0 || value === 255);
    const differences: number[] = [];
    for (let y = 0; y < 24; y++) {
      for (let x = 0; x < 32; x++) {
        const [own, first] = [colourAt(x, y), colourAt(x & ~1, y & ~1)];
        if (isClipped(own) || isClipped(first)) continue;
        const [red = 0, green = 0, blue = 0] = [...own].map(
          (value, channel) => value - (first[channel] ?? 0),
        );
        // Luma alone changes all channels alike.
        differences.push(Math.max(red, green, blue) - Math.min(red, green, blue));
      }
    }
    expect(differences.length).toBeGreaterThan(500);
    expect(Math.max(...differences)).toBeLessThan(3);
    expect(samplePsnr(rgba, inPixels())).toBeGreaterThan(24);
  });
});

test("planes take a row of colours and one of each component, and no pixels but the result's", () => {
  const { decoded } = decodedPlanes({ width: 64, height: 48 }, 1);
  const blocks: number[] = [];
  const allocate = (bytes: number) => (blocks.push(bytes), decoded.workspace.allocate(bytes));
  const to = { width: 33, height: 25 };
  const watched = { ...decoded, workspace: { ...decoded.workspace, allocate } };
  resizeUpright(watched, upright, { window: { x: 0, y: 0, width: 64, height: 48 }, to });
  const [picture, , lines] = blocks;
  expect(picture).toBe(33 * 25 * 4 + 32);
  // Rows of whole vectors: 48 samples of two bytes, RGBA twice that.
  expect(lines).toBe(48 * 2 * (3 + 2));
  expect(blocks).toHaveLength(3);
});

test("a window is a part of its picture", () => {
  const part = partOf({ width: 200, height: 50 }, { x: 20, y: 10, width: 100, height: 25 });
  expect(part).toEqual({ x: 0.1, y: 0.2, width: 0.5, height: 0.5 });
});
