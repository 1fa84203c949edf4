import { expect, test } from "vitest";
import { limits } from "../../../../core/limits.ts";
import { exifInPng } from "../../../../engine/codecs/png/exif.ts";
import { bytes, png, pngChunk, pngHeader, repeated } from "../../../core/image/made-headers.ts";

const [one, two] = [pngChunk("eXIf", bytes("one")), pngChunk("eXIf", bytes("two"))];
const found = (...chunks: readonly Uint8Array[]) =>
  [...exifInPng(png(...chunks))].map((block) => Buffer.from(block).toString());

test("EXIF blocks are the eXIf chunks, before the pixels or behind them, up to the end", () => {
  const others = [pngChunk("IDAT", bytes("one")), pngChunk("tEXt")];
  expect(found(pngHeader(), one, ...others, two)).toEqual(["one", "two"]);
  expect(found(pngHeader(), pngChunk("IEND"), one)).toEqual([]);
  expect(found(one, two.subarray(0, -1))).toEqual(["one"]);
});

test("as many chunks are looked at as a source may have", () => {
  const text = pngChunk("tEXt");
  expect(found(repeated(text, limits.sourceChunksMax - 1), one)).toEqual(["one"]);
  expect(found(repeated(text, limits.sourceChunksMax), one)).toEqual([]);
});
