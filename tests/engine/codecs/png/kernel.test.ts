import { afterEach, describe, expect, test, vi } from "vitest";
import type { PngHeader } from "../../../../engine/codecs/png/chunks.ts";
import { readIcc, setColours, type PngKernel } from "../../../../engine/codecs/png/kernel.ts";
import { bytes } from "../../../core/image/made-headers.ts";
import { load, newWorkspace } from "../../pixels/fixtures.ts";
import { decode, newPngDecoder, newPngEncoder } from "../codecs.ts";
import { writePng } from "./fixture.ts";

/** A kernel whose memory is there, and that notes which colours are clear. */
function fakeKernel(own: Partial<PngKernel> = {}) {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const clear: number[][] = [];
  const kernel: Partial<PngKernel> = {
    memory,
    lookupAddress: () => 2048,
    setClearColour: (...colour) => void clear.push(colour),
    ...own,
  };
  const lookup = new Uint8Array(memory.buffer, 2048, 1024).fill(7);
  const pixel = (index: number) => [...lookup.subarray(4 * index, 4 * index + 4)];
  return { kernel: kernel as PngKernel, clear, pixel };
}

const plain: PngHeader = {
  ...{ width: 1, height: 1, bitDepth: 8, colourType: 0, interlaced: false, dataAt: 0 },
  palette: new Uint8Array(0),
};
function colours(own: Partial<PngHeader>) {
  const { kernel, clear, pixel } = fakeKernel();
  setColours(kernel, { ...plain, ...own });
  return { clear: clear[0], pixel };
}

describe("colours", () => {
  test("of a palette have its transparency, opaque where that ends; others are black", () => {
    const { clear, pixel } = colours({
      ...{ colourType: 3, palette: bytes(1, 2, 3, 4, 5, 6, 8, 9, 10), transparency: bytes(0, 100) },
    });
    expect(clear).toEqual([-1, -1, -1]);
    expect([0, 1, 2, 3, 255].map(pixel)).toEqual([
      [1, 2, 3, 0],
      [4, 5, 6, 100],
      [8, 9, 10, 255],
      [0, 0, 0, 255],
      [0, 0, 0, 255],
    ]);
  });

  test("of grey reach from black to white, one of them clear", () => {
    const { clear, pixel } = colours({ bitDepth: 2, transparency: bytes(0xff, 0xfe) });
    // Of the sixteen bits only the picture's own count.
    expect(clear).toEqual([2, -1, -1]);
    expect([0, 1, 2, 3, 4].map(pixel)).toEqual([
      [0, 0, 0, 255],
      [85, 85, 85, 255],
      [170, 170, 170, 0],
      [255, 255, 255, 255],
      [7, 7, 7, 7],
    ]);
    expect(colours({ bitDepth: 16 }).pixel(0)).toEqual([7, 7, 7, 7]);
    expect(colours({ bitDepth: 16 }).clear).toEqual([-1, -1, -1]);
  });

  test("of three channels are clear by all of them", () => {
    const transparency = bytes(1, 2, 3, 4, 5, 6);
    expect(colours({ colourType: 2, bitDepth: 16, transparency }).clear).toEqual([
      0x102, 0x304, 0x506,
    ]);
    expect(colours({ colourType: 2, transparency }).clear).toEqual([2, 4, 6]);
  });
});

describe("a profile", () => {
  test("is none where it does not fit, or inflates to nothing", () => {
    const inflateWhole = vi.fn<() => number>(() => 0);
    const read = (address: number) =>
      readIcc(fakeKernel({ wholeAddress: () => address, inflateWhole }).kernel, bytes("stream"));
    expect(read(0)).toBeUndefined();
    expect(inflateWhole).not.toHaveBeenCalled();
    expect(read(500)).toBeUndefined();
    expect(inflateWhole).toHaveBeenCalledOnce();
    expect(readIcc(fakeKernel().kernel, undefined)).toBeUndefined();
  });
});

describe("an instance", () => {
  afterEach(() => void vi.restoreAllMocks());
  const failWith = (cause: Error) =>
    vi.spyOn(WebAssembly, "Instance").mockImplementation(function () {
      throw cause;
    });
  const trap = new WebAssembly.RuntimeError("trap");

  test("that traps, or finds no memory, crashes one decoding; another error is not hidden", () => {
    const { bytes: file } = writePng({ width: 2, height: 2, colourType: 2, bitDepth: 8 });
    const decodeWith = (cause: Error) => {
      failWith(cause);
      return newPngDecoder().decodeRows(file, 1, () => () => {});
    };
    for (const cause of [trap, new RangeError("no memory")])
      expect(decodeWith(cause)).toEqual({
        ok: false,
        error: { reason: "render_crashed", stage: "png decode" },
      });
    expect(() => decodeWith(new TypeError("a mistake"))).toThrow("a mistake");
  });

  test("that traps crashes one encoding; another error is not hidden", () => {
    const workspace = newWorkspace();
    const bitmap = load(workspace, new Uint8Array(16), 2, 2);
    const encodeWith = (cause: Error) => {
      failWith(cause);
      return newPngEncoder().encode({ workspace, bitmap }, { quality: 80 });
    };
    expect(encodeWith(trap)).toEqual({
      ok: false,
      error: { reason: "render_crashed", stage: "png encode" },
    });
    expect(() => encodeWith(new TypeError("a mistake"))).toThrow("a mistake");
  });
});

test("a picture is opaque where its colour type has no alpha", () => {
  const picture = (colourType: 0 | 2 | 4 | 6) =>
    decode(newPngDecoder(), writePng({ width: 3, height: 3, colourType, bitDepth: 8 }).bytes);
  const opaque = ([0, 2, 4, 6] as const).map((colourType) => {
    const read = picture(colourType);
    return read.ok && read.value.samples === "pixels" && read.value.bitmap.opaque;
  });
  expect(opaque).toEqual([true, true, false, false]);
});
