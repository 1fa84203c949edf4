import { expect, test } from "vitest";
import {
  frameHeader,
  joinFile,
  scanHeader,
  type JpegOptions,
} from "../../../../../engine/codecs/jpeg/syntax/segments.ts";
import { JpegReader } from "../../../../../engine/codecs/jpeg/syntax/header.ts";
import { divisors, zigzag } from "../../../../../engine/codecs/jpeg/syntax/tables.ts";
import { bytes, segment } from "../../../../core/image/made-headers.ts";

const options: JpegOptions = { quality: 60, subsampling: "4:2:0", segments: [] };
const tables = divisors(60);
const huffman = [1, 2, 3, 4].map((symbol) => ({
  lengths: Uint8Array.of(1, ...new Uint8Array(15)),
  symbols: Uint8Array.of(symbol),
}));
const headers = (own: Partial<JpegOptions> = {}) => [
  ...frameHeader(1000, 700, { ...options, ...own }, tables),
  ...scanHeader(huffman),
];

test("a file begins with JFIF's header and the caller's segments, and ends as an image does", () => {
  const comment = segment(0xfe, bytes("hello"));
  const file = joinFile([...headers({ segments: [comment] }), bytes(1, 2, 3)]);
  const jfif = segment(0xe0, bytes("JFIF\0", 1, 1, 0, 0, 1, 0, 1, 0, 0));
  const start = bytes(0xff, 0xd8, jfif, comment);
  expect(file.subarray(0, start.length)).toEqual(start);
  expect(file.subarray(-5)).toEqual(bytes(1, 2, 3, 0xff, 0xd9));
});

test("what the headers say is what the file is made of", () => {
  for (const subsampling of ["4:2:0", "4:4:4"] as const) {
    const file = joinFile(headers({ subsampling }));
    const reader = new JpegReader(file);
    const scan = reader.nextScan(2);
    const luma = subsampling === "4:2:0" ? 2 : 1;
    const chroma = { h: 1, v: 1, table: 1 };
    expect(reader.frame).toEqual({
      ...{ coding: "sequential", width: 1000, height: 700 },
      components: [
        { id: 1, h: luma, v: luma, table: 0 },
        { id: 2, ...chroma },
        { id: 3, ...chroma },
      ],
    });
    const [lumaDc, lumaAc, chromaDc, chromaAc] = huffman;
    expect(scan).toEqual({
      components: [
        { index: 0, dc: lumaDc, ac: lumaAc },
        { index: 1, dc: chromaDc, ac: chromaAc },
        { index: 2, dc: chromaDc, ac: chromaAc },
      ],
      ...{ start: 0, end: 63, high: 0, low: 0, restartInterval: 0 },
      dataStart: file.length - 2,
    });
    const inZigzag = (table: Uint8Array) => Uint16Array.from(zigzag, (at) => table[at] ?? 0);
    expect(reader.divisorsOf(0)).toEqual(inZigzag(tables.luminance));
    expect(reader.divisorsOf(1)).toEqual(inZigzag(tables.chrominance));
  }
});
