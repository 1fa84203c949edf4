import { concatenate } from "../../../../core/image/bytes.ts";
import type { Subsampling } from "../grid.ts";
import type { HuffmanTable } from "./huffman.ts";
import { zigzag, type divisors } from "./tables.ts";

export interface JpegOptions {
  /** 1–100, on libjpeg's scale. */
  readonly quality: number;
  readonly subsampling: Subsampling;
  /** Whole marker segments (ICC, EXIF, …) to stand after the JFIF header. */
  readonly segments: readonly Uint8Array[];
}

/** Everything before the scan: SOI, JFIF (T.871), the caller's segments, DQT and SOF0. */
export function frameHeader(
  width: number,
  height: number,
  options: JpegOptions,
  tables: ReturnType<typeof divisors>,
): Uint8Array[] {
  const sampling = options.subsampling === "4:2:0" ? 0x22 : 0x11;
  const inZigzag = (table: Uint8Array): number[] =>
    Array.from(zigzag, (index) => table[index] ?? 0);
  return [
    Uint8Array.of(0xff, 0xd8),
    // "JFIF", version 1.01, square pixels of no stated size, no thumbnail.
    segment(0xe0, [0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0]),
    ...options.segments,
    segment(0xdb, [0, ...inZigzag(tables.luminance), 1, ...inZigzag(tables.chrominance)]),
    segment(
      0xc0,
      [
        [8, height >> 8, height & 0xff, width >> 8, width & 0xff, 3],
        [1, sampling, 0],
        [2, 0x11, 1],
        [3, 0x11, 1],
      ].flat(),
    ),
  ];
}

/** DHT and SOS. `tables` are DC and AC of luma, then of chroma. */
export function scanHeader(tables: readonly HuffmanTable[]): Uint8Array[] {
  const classAndId = [0x00, 0x10, 0x01, 0x11];
  return [
    segment(
      0xc4,
      tables.flatMap((table, k) => [classAndId[k] ?? 0, ...table.lengths, ...table.symbols]),
    ),
    segment(0xda, [3, 1, 0x00, 2, 0x11, 3, 0x11, 0, 63, 0]),
  ];
}

/** Joins the parts and ends the file. */
export function joinFile(parts: readonly Uint8Array[]): Uint8Array {
  return concatenate([...parts, Uint8Array.of(0xff, 0xd9)]);
}

function segment(marker: number, payload: readonly number[]): Uint8Array {
  const length = payload.length + 2;
  return Uint8Array.of(0xff, marker, length >> 8, length & 0xff, ...payload);
}
