import type { ImageInfo } from "../image/image-info.ts";
import { limits } from "../limits.ts";
import { pixelsOf, type Size } from "./geometry.ts";
import type { OutputFormat } from "../transform/transform.ts";

/**
 * What a codec holds at most, whatever the pixels are, from sizes alone: known before it is loaded. In
 * bytes, measured on the pinned codecs; a test holds the sums against the real memory.
 */
export interface CodecMemory {
  /** Linear memory, which never shrinks. */
  readonly wasm: number;
  /** What pixels and files take in JavaScript, until they are collected. */
  readonly heap: number;
}

const MiB = 1024 * 1024;

/** What the decoder holds beside the pixels it gives. */
export function decoderMemory(info: ImageInfo, shrink: number, sourceBytes: number): DecoderMemory {
  return decoders[info.format](info, shrink, sourceBytes);
}

export interface DecoderMemory extends CodecMemory {
  /** Part of `wasm` in the memory that the pixels lie in, which is free again when they are there. */
  readonly reusable: number;
}

/** What the encoder holds beside the pixels it is given, in a memory of its own or in theirs. */
export function encoderMemory(format: OutputFormat, picture: EncodedPicture): CodecMemory {
  return encoders[format](picture);
}

export interface EncodedPicture extends Size {
  /** Some pixel may be transparent, in no simple pattern. */
  readonly hasAlpha: boolean;
  /** For WebP. */
  readonly lossless: boolean;
}

type OfDecoder = (info: ImageInfo, shrink: number, sourceBytes: number) => DecoderMemory;

const decoders: Record<ImageInfo["format"], OfDecoder> = {
  // Tables and stack, the file, rows in the making.
  jpeg: (info, shrink, sourceBytes) => {
    const reusable = coefficientBytes(info);
    const rows = 36 * Math.ceil(info.width / shrink);
    return { wasm: MiB / 2 + sourceBytes + rows + reusable, heap: 0, reusable };
  },
  png: (info, shrink) => ({ wasm: pngDecoderBytes(info, shrink), heap: 0, reusable: 0 }),
  webp: (info, _shrink, sourceBytes) => {
    // Lossless pictures, and the alpha of lossy ones, are unpacked as a whole before they are shown.
    const perPixel = info.lossless ? 8.2 : info.hasAlpha ? 6.5 : 4.6;
    const wasm = emscriptenHeap(perPixel * pixelsOf(info) + 2 * sourceBytes + 1.5 * MiB);
    return { wasm, heap: 4 * pixelsOf(info), reusable: 0 };
  },
  avif: (info, _shrink, sourceBytes) => {
    // Alpha is a second picture.
    const perPixel = (info.bitDepth > 8 ? 32 : 22) * (info.hasAlpha ? 2 : 1);
    const wasm = emscriptenHeap(perPixel * av1Pixels(info) + 2 * sourceBytes + 6 * MiB);
    return { wasm, heap: 4 * pixelsOf(info), reusable: 0 };
  },
  // All of it is JavaScript: an index into the palette for each pixel.
  gif: (info) => ({ wasm: 0, heap: pixelsOf(info), reusable: 0 }),
};

/** What several scans leave unfinished: two bytes a sample, in whole MCUs, whose sides are at most 32 pixels. */
function coefficientBytes({ width, height, progressive, samplesPerPixel }: ImageInfo): number {
  return progressive ? 2 * samplesPerPixel * (width + 31) * (height + 31) : 0;
}

/** By rows: input, window, two rows and a strip; Adam7 needs the whole (shrunk) picture. */
function pngDecoderBytes(info: ImageInfo, shrink: number): number {
  const { width, height, bitDepth, colour, hasAlpha, progressive, hasIcc } = info;
  const channels = (colour === "rgb" ? 3 : 1) + (hasAlpha && colour !== "palette" ? 1 : 0);
  const rowBytes = Math.ceil((width * bitDepth * channels) / 8);
  const outWidth = Math.ceil(width / shrink);
  const outPixels = outWidth * Math.ceil(height / shrink);
  // Shrinking adds up 32-bit sums.
  const strip = progressive ? outPixels * (shrink > 1 ? 16 : 4) : MiB / 4 + 4 * outWidth;
  const profile = hasIcc ? 2 * limits.metadataBytesMax : 0;
  return 0.4 * MiB + 3 * rowBytes + 4 * width + 16 * outWidth + strip + profile;
}

const encoders: Record<OutputFormat, (picture: EncodedPicture) => CodecMemory> = {
  // Coefficients of strips of at most 12 MiB; planes and coded data of one row of MCUs.
  jpeg: ({ width, height }) => {
    const coefficients = Math.min(12 * MiB, 3 * (width + 15) * (height + 15));
    return inWasm(coefficients + 320 * (width + 15) + MiB / 8);
  },
  // Two strips; then, in JavaScript, the filtered rows and what they deflate to.
  png: (picture) => ({ wasm: 0.7 * MiB + 48 * picture.width, heap: 8 * pixelsOf(picture) }),
  webp: (picture) => inWasm(Math.max(16 * MiB, webpEncoderBytes(picture))),
  avif: (picture) => inWasm(Math.max(16 * MiB, 31 * av1Pixels(picture) + 12.5 * MiB)),
  json: () => inWasm(0),
};

/** Noise at the highest quality; photographs take half. The alpha plane is coded as a lossless picture. */
function webpEncoderBytes(picture: EncodedPicture): number {
  const pixels = pixelsOf(picture);
  if (picture.lossless) return 47 * pixels + 36 * MiB;
  const perPixel = picture.hasAlpha ? 51 : pixels > limits.webpHeldPixelsMax ? 14 : 42;
  return perPixel * pixels + 4 * MiB;
}

const inWasm = (wasm: number): CodecMemory => ({ wasm, heap: 0 });

/** Emscripten's heap begins with 16 MiB and grows by a fifth at least. */
const emscriptenHeap = (bytes: number): number => Math.max(16 * MiB, 1.2 * bytes);

/** AV1 works on blocks of 64 × 64. */
const av1Pixels = ({ width, height }: Size): number =>
  64 * Math.ceil(width / 64) * 64 * Math.ceil(height / 64);
