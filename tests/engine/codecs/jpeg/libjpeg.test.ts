import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { decompress, instantiateLibjpeg } from "../../../../engine/codecs/jpeg/libjpeg.ts";
import { loadEngineModules } from "../../../../engine/modules-node.ts";
import { bytes } from "../../../core/image/made-headers.ts";
import { read, scene } from "../../pixels/fixtures.ts";

const { pixels: kernels, jpegDecoder: decoder } = await loadEngineModules();
const instantiate = () => instantiateLibjpeg({ decoder, kernels });

const raw = { width: 60, height: 44, channels: 4 } as const;
const picture = () => sharp(scene(60, 44), { raw }).removeAlpha();
const file = new Uint8Array(await picture().jpeg().toBuffer());
const inks = new Uint8Array(await picture().toColourspace("cmyk").jpeg().toBuffer());

describe("libjpeg-turbo decodes", () => {
  test("to an opaque bitmap of the size at the scale, without gaps between its rows", () => {
    const { bitmap, damage } = decompress(instantiate(), file, 4);
    expect(bitmap).toMatchObject({ width: 30, height: 22, stride: 120, opaque: true });
    expect(damage).toBeUndefined();
  });

  test("what there is, and says whether the end is missing or the data are damaged", () => {
    const cut = file.subarray(0, -100);
    const damaged = file.slice().fill(0xfe, file.length - 300, file.length - 200);
    expect(decompress(instantiate(), cut, 8)).toMatchObject({ damage: "truncated" });
    expect(decompress(instantiate(), bytes(cut, 0xff, 0xd9), 8)).toMatchObject({
      damage: "corrupt",
    });
    expect(decompress(instantiate(), damaged, 8).bitmap?.height).toBe(44);
    expect(decompress(instantiate(), bytes(0xff, 0xd8, 0xff, 0xd9), 8)).toEqual({});
  });

  test("again and again in the same memory, once its bitmap is freed", () => {
    for (const source of [file, inks]) {
      const libjpeg = instantiate();
      const decode = () => {
        const { bitmap } = decompress(libjpeg, source, 8);
        libjpeg.workspace.free(bitmap?.pointer ?? 0);
        return libjpeg.workspace.memory.buffer.byteLength;
      };
      const first = decode();
      for (let times = 0; times < 100; times++) decode();
      expect(decode()).toBe(first);
    }
  });

  test("inks that are inverted where Adobe's marker says so, and as they are where it is not", () => {
    const at = Buffer.from(inks).indexOf(Buffer.of(0xff, 0xee));
    const without = bytes(inks.subarray(0, at), inks.subarray(at + 16));
    const brightness = (source: Uint8Array) => {
      const { workspace, exports } = instantiate();
      const { bitmap } = decompress({ workspace, exports }, source, 8);
      if (!bitmap) throw new Error("no bitmap");
      const rgba = read(workspace, bitmap);
      return rgba.reduce((sum, value) => sum + value, 0) / rgba.length;
    };
    expect(brightness(inks)).toBeGreaterThan(130);
    expect(brightness(without)).toBeLessThan(120);
  });
});

test("what does not fit the decoder's memory is a RangeError", () => {
  expect(() => instantiate().workspace.allocate(0xf000_0000)).toThrow(RangeError);
});
