import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { probe } from "../../../../core/image/probe.ts";
import { formats } from "../../../../core/image/formats.ts";
import { JpegDecoder } from "../../../../engine/codecs/jpeg/decoder.ts";
import { scaledSide, type JpegScale } from "../../../../engine/codecs/jpeg/scale.ts";
import { samplePsnr } from "../../../../bench/rgba-picture.ts";
import {
  decodeJpeg,
  decodeRequest,
  jpegOutcome,
  jpegPixels,
  newJpegDecoder,
  scene,
} from "../../pixels/fixtures.ts";
import { predictedBytes } from "./predicted-bytes.ts";

const scales: readonly JpegScale[] = [1, 2, 4, 8];

interface Shape {
  readonly width: number;
  readonly height: number;
  readonly progressive?: boolean;
  readonly grey?: boolean;
  readonly chromaSubsampling?: "4:2:0" | "4:4:4";
  readonly quality?: number;
}

function makeJpeg(shape: Shape): Promise<Buffer> {
  const { width, height, grey = false, progressive = false } = shape;
  const picture = sharp(scene(width, height), {
    raw: { width, height, channels: 4 },
  }).removeAlpha();
  const { chromaSubsampling = "4:2:0", quality = 85 } = shape;
  return (grey ? picture.greyscale() : picture)
    .jpeg({ progressive, chromaSubsampling, quality })
    .toBuffer();
}

function makeCmyk(): Promise<Buffer> {
  const flat = sharp({ create: { width: 24, height: 24, channels: 3, background: "#c03020" } });
  return flat.toColourspace("cmyk").jpeg({ quality: 100 }).toBuffer();
}

const shapes: readonly Shape[] = [
  { width: 160, height: 120 },
  { width: 161, height: 119, chromaSubsampling: "4:4:4" },
  { width: 163, height: 117 },
  { width: 97, height: 203, grey: true },
  { width: 150, height: 100, progressive: true },
  { width: 151, height: 99, progressive: true, chromaSubsampling: "4:4:4" },
  { width: 64, height: 64, quality: 100 },
  { width: 400, height: 30, quality: 5 },
  { width: 1, height: 1 },
  { width: 3, height: 5 },
  { width: 1, height: 90 },
  { width: 90, height: 1 },
  { width: 17, height: 16 },
];

describe("decoding at full size gives libvips' pixels", () => {
  test.each(shapes)("%j", async (shape) => {
    const file = await makeJpeg(shape);
    const ours = jpegPixels(file);
    const theirs = await sharp(file).toColourspace("srgb").ensureAlpha().raw().toBuffer();
    expect([ours.width, ours.height]).toEqual([shape.width, shape.height]);
    // Chroma at half its size is enlarged by another filter than libvips has.
    if (shape.width < 8 && shape.height < 8) return;
    const isHalved =
      !shape.grey && shape.chromaSubsampling !== "4:4:4" && ours.samples === "planes";
    expect(samplePsnr(ours.rgba, theirs)).toBeGreaterThan(isHalved ? 35 : 50);
  });
});

describe("decoding at a fraction gives nearly the mean of the pixels it covers", () => {
  const large = shapes.filter(({ width, height }) => Math.min(width, height) >= 30);
  test.each(large)("%j", async (shape) => {
    const file = await makeJpeg({ ...shape, chromaSubsampling: "4:4:4" });
    const full = jpegPixels(file);
    for (const scale of scales) {
      const small = jpegPixels(file, 8 / scale);
      const width = scaledSide(shape.width, scale);
      expect([small.width, small.height]).toEqual([width, scaledSide(shape.height, scale)]);
      const cell = 8 / scale;
      const ours: number[] = [];
      const means: number[] = [];
      // Cells at the edges also cover what the encoder put beyond the picture.
      for (let y = 0; y < Math.floor(shape.height / cell); y++) {
        for (let x = 0; x < Math.floor(shape.width / cell); x++) {
          for (let c = 0; c < 3; c++) {
            const place = { x: x * cell, y: y * cell, side: cell };
            means.push(cellMean(full.rgba, shape.width, place, c));
            ours.push(small.rgba[(y * width + x) * 4 + c] ?? 0);
          }
        }
      }
      // What a cell cannot show of a block's detail is left out; clamping is for each pixel, or each cell.
      const enough = shape.quality === 5 || shape.quality === 100 ? 24 : 26;
      expect(samplePsnr(Uint8Array.from(ours), Uint8Array.from(means))).toBeGreaterThan(enough);
    }
  });
});

test("the libjpeg-turbo module is the one that was reviewed", () => {
  const path = createRequire(import.meta.url).resolve("@cwasm/jpeg-turbo/jpeg-turbo.wasm");
  const digest = createHash("sha256").update(readFileSync(path)).digest("hex");
  expect(digest).toBe("80ed55eef2d0ff276f837ef521fad8181ccdfa6f298f652f6e45aed7fbbbc871");
});

test("inks give the colours that libvips gives them", async () => {
  const picture = sharp(scene(120, 90), { raw: { width: 120, height: 90, channels: 4 } });
  const file = await picture.toColourspace("cmyk").jpeg({ quality: 95 }).toBuffer();
  const theirs = await sharp(file).toColourspace("srgb").ensureAlpha().raw().toBuffer();
  expect(samplePsnr(jpegPixels(file).rgba, theirs)).toBeGreaterThan(35);
});

describe("damage", () => {
  test.each([false, true])(
    "a file cut short is said to be truncated (progressive: %s)",
    async (progressive) => {
      const file = await makeJpeg({ width: 200, height: 150, progressive });
      for (const part of [0.5, 0.9, 0.99]) {
        const cut = file.subarray(0, Math.floor(file.length * part));
        expect(jpegOutcome(cut)).toBe("truncated_image");
        expect(jpegOutcome(cut, 4)).toBe("truncated_image");
      }
      expect(jpegOutcome(file.subarray(0, file.length - 2), 2)).toBe("truncated_image");
    },
  );

  test("data that cannot be read on are said to be corrupt", async () => {
    const file = Buffer.from(await makeJpeg({ width: 200, height: 150 }));
    // A restart marker where none may be.
    file.set([0xff, 0xd5], file.length - 1000);
    expect(jpegOutcome(file)).toBe("corrupt_image");
  });

  test("a whole file is not damaged, whatever follows its end", async () => {
    const file = await makeJpeg({ width: 64, height: 48 });
    expect(jpegOutcome(file)).toBe("decoded");
    expect(jpegOutcome(Buffer.concat([file, Buffer.alloc(99, 7)]))).toBe("decoded");
  });
});

describe("memory", () => {
  test.each([
    { width: 1000, height: 700 },
    { width: 1000, height: 700, progressive: true },
    { width: 1000, height: 700, progressive: true, chromaSubsampling: "4:4:4" as const },
    { width: 12_000, height: 16 },
    { width: 16, height: 12_000, grey: true },
  ])("is predicted from the header: %j", async (shape) => {
    const file = await makeJpeg(shape);
    const answer = probe(file, true);
    if (answer.kind !== "image") throw new Error("refused");
    for (const scale of scales) {
      const shrink = 8 / scale;
      const decoder = newJpegDecoder();
      const request = decodeRequest(answer.info, { shrink, asPixels: true });
      expect(decoder.decode(file, request, answer.info).ok).toBe(true);
      const predicted = predictedBytes(file, scale);
      expect(decoder.wasmBytes).toBeLessThanOrEqual(predicted);
      expect(predicted).toBeLessThan(decoder.wasmBytes * 1.125 + 512 * 1024);
      for (const rowsAtOnce of [30 * shrink, Infinity]) {
        const { planes, ...asPlanes } = decodeRequest(answer.info, { shrink });
        const wanted = { ...asPlanes, planes: { ...planes, rowsAtOnce } };
        const needs = { shrink, rowsAtOnce };
        const most = formats.jpeg.source.planesMemory?.(answer.info, needs, file.length);
        if (most === undefined) continue;
        expect(new JpegDecoder(noModules).decode(file, wanted, answer.info).ok).toBe(true);
        const held = wanted.workspace.memory.buffer.byteLength;
        expect(held).toBeLessThanOrEqual(most);
        expect(most).toBeLessThan(held * 2 + 1024 * 1024);
      }
    }
  });
});

/** Planes need no libjpeg. */
const noModules = {} as ConstructorParameters<typeof JpegDecoder>[0];

test("well-formed files need no libjpeg; damaged and rare ones are left to it", async () => {
  const taken = (file: Uint8Array): boolean => {
    const decoded = decodeJpeg(file, 2);
    return decoded.ok && decoded.value.samples === "planes";
  };
  for (const shape of shapes) expect(taken(await makeJpeg(shape))).toBe(true);
  for (const progressive of [false, true]) {
    const file = await makeJpeg({ width: 50, height: 40, progressive });
    expect(taken(file.subarray(0, file.length - 3))).toBe(false);
  }
  expect(taken(await makeCmyk())).toBe(false);
});

/** What a cell of the full picture averages to in one channel. */
function cellMean(
  rgba: Uint8Array,
  width: number,
  cell: { readonly x: number; readonly y: number; readonly side: number },
  channel: number,
): number {
  let sum = 0;
  for (let k = 0; k < cell.side * cell.side; k++) {
    const at = (cell.y + Math.floor(k / cell.side)) * width + cell.x + (k % cell.side);
    sum += rgba[at * 4 + channel] ?? 0;
  }
  return sum / (cell.side * cell.side);
}
