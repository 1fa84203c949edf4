import { describe, expect, test } from "vitest";
import { decoded, newPngDecoder } from "../codecs.ts";
import { writePng } from "./fixture.ts";
import { pngChunk } from "../../../core/image/made-headers.ts";

const decoder = newPngDecoder();

describe("what is wrong beside the pixels is ignored, as browsers do", () => {
  const rgb = writePng({ width: 9, height: 7, colourType: 2, bitDepth: 8 });
  const grey = writePng({ width: 9, height: 7, colourType: 0, bitDepth: 8 });
  const palette = writePng({ width: 9, height: 7, colourType: 3, bitDepth: 4 });
  const damage = (part: Uint8Array) => part.with(part.length - 1, part.at(-1)! ^ 1);
  const put = (file: Uint8Array, before: string, ...parts: readonly Uint8Array[]) => {
    const at = Buffer.from(file).indexOf(before) - 4;
    return new Uint8Array(Buffer.concat([file.subarray(0, at), ...parts, file.subarray(at)]));
  };
  const end = pngChunk("IEND", new Uint8Array(0));

  test.each([
    ["tRNS with a wrong CRC", rgb, damage(pngChunk("tRNS", new Uint8Array(6)))],
    ["tRNS of a palette with a wrong CRC", palette, damage(pngChunk("tRNS", new Uint8Array(2)))],
    ["tRNS of another length", rgb, pngChunk("tRNS", new Uint8Array(2))],
    ["tRNS longer than the palette", palette, pngChunk("tRNS", new Uint8Array(256))],
    ["iCCP with a wrong CRC", rgb, damage(pngChunk("iCCP", Buffer.from("name\0\0junk")))],
    ["a suggested palette with a wrong CRC", rgb, damage(pngChunk("PLTE", new Uint8Array(6)))],
    ["a suggested palette of another length", rgb, pngChunk("PLTE", new Uint8Array(5))],
    ["a palette in a grey picture", grey, pngChunk("PLTE", new Uint8Array(6))],
    ["text with a wrong CRC", rgb, damage(pngChunk("tEXt", Buffer.from("a\0b")))],
  ] as const)("%s", (_, { bytes, expected }, part) => {
    expect(decoded(decoder, put(bytes, "IDAT", part)).rgba).toEqual(expected);
  });

  test("whatever follows the pixels", () => {
    const { bytes, expected } = rgb;
    for (let cut = 0; cut <= end.length; cut++) {
      const kept = bytes.subarray(0, bytes.length - cut);
      expect(decoded(decoder, kept).rgba, `${cut} bytes less`).toEqual(expected);
    }
    const more = [pngChunk("tEXt", Buffer.from("a\0b")), pngChunk("IDAT", new Uint8Array(4))];
    expect(decoded(decoder, put(bytes, "IEND", ...more)).rgba).toEqual(expected);
    expect(decoded(decoder, put(bytes, "IEND", new Uint8Array(40).fill(1))).rgba).toEqual(expected);
  });
});
