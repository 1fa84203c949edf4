import sharp, { type JpegOptions } from "sharp";
import { describe, expect, test } from "vitest";
import { visitSegments } from "../../../../engine/codecs/jpeg/syntax/markers.ts";
import { newRenderer } from "../../renderer.ts";
import { decode, file, psnr, read, scene } from "../../scene.ts";

const { renderOne, refusal } = newRenderer();

const jpeg = (options: JpegOptions = {}) => file(read(scene(96, 64)).jpeg(options));
const sequential = await jpeg();
const progressive = await jpeg({ progressive: true });
const standardTables = await jpeg({ optimiseCoding: false });

const insert = (source: Uint8Array, at: number, bytes: readonly number[]) =>
  new Uint8Array(Buffer.concat([source.subarray(0, at), Buffer.from(bytes), source.subarray(at)]));
const beforeEnd = (source: Uint8Array, bytes: readonly number[]) =>
  insert(source, source.length - 2, bytes);

/** Behind SOI and the first segment. */
const behindFirst = (source: Uint8Array, bytes: readonly number[]) =>
  insert(source, 4 + ((source[4] ?? 0) << 8) + (source[5] ?? 0), bytes);

const concat = (...parts: readonly Uint8Array[]) => new Uint8Array(Buffer.concat(parts));

const withStartAtEnd = (source: Uint8Array) =>
  concat(source.subarray(0, -2), source.subarray(0, 2));

function withHeight(source: Uint8Array, height: number): Uint8Array {
  const changed = Buffer.from(source);
  changed.writeUInt16BE(height, changed.indexOf(Buffer.of(0xff, 0xc0)) + 5);
  return new Uint8Array(changed);
}

/** From the start of its scan on, all comes again before the end. */
function withScanTwice(source: Uint8Array): Uint8Array {
  const scan = source.subarray(
    visitSegments(source, 2, () => {}),
    -2,
  );
  return concat(source.subarray(0, -2), scan, source.subarray(-2));
}

function withoutHuffmanTables(source: Uint8Array): Uint8Array {
  const kept: Uint8Array[] = [source.subarray(0, 2)];
  const scan = visitSegments(source, 2, (marker, payload) => {
    const length = payload.length + 2;
    if (marker !== 0xc4) kept.push(Uint8Array.of(0xff, marker, length >> 8, length & 255), payload);
  });
  return new Uint8Array(Buffer.concat([...kept, source.subarray(scan)]));
}

describe("a JPEG that every browser shows is rendered", () => {
  test.each([
    ["two bytes before its end", beforeEnd(sequential, [0x12, 0x34])],
    [
      "many bytes before its end",
      beforeEnd(
        sequential,
        Array.from({ length: 300 }, (_, k) => k % 255),
      ),
    ],
    [
      "restart markers behind its last block",
      beforeEnd(sequential, [0xff, 0xd0, 1, 2, 0xff, 0xd1, 3]),
    ],
    ["bytes between two segments", behindFirst(sequential, [1, 2, 3, 0xff, 0])],
    ["bytes behind a progressive scan", beforeEnd(progressive, [1, 2])],
    ["no Huffman tables, as cameras send MJPEG", withoutHuffmanTables(standardTables)],
    ["an empty segment of Huffman tables", behindFirst(sequential, [0xff, 0xc4, 0, 2])],
    ["more rows than its header says", withHeight(sequential, 40)],
    ["its scan twice", withScanTwice(sequential)],
    ["another picture in the place of its end", concat(sequential.subarray(0, -2), sequential)],
    ["a few rows, data for more and no end", withHeight(sequential, 40).subarray(0, -2)],
  ])("with %s", async (_, source) => {
    const { samples } = await renderOne(source);
    const theirs = await sharp(source, { failOn: "none" }).png().toBuffer();
    expect(psnr(samples, await decode(new Uint8Array(theirs)))).toBeGreaterThan(45);
  });
});

describe("so is one that libjpeg-turbo decodes", () => {
  const tiny = () => file(read(scene(20, 12)).jpeg());
  const inks = () => file(read(scene(96, 64)).toColourspace("cmyk").jpeg());
  test.each([
    ["tiny, with bytes before its end", tiny, (it: Uint8Array) => beforeEnd(it, [0x12, 0x34])],
    ["tiny, with its scan twice", tiny, withScanTwice],
    ["tiny, with another picture behind", tiny, (it: Uint8Array) => concat(it.subarray(0, -2), it)],
    ["tiny, with a second start in the place of its end", tiny, withStartAtEnd],
    ["in inks, with bytes before its end", inks, (it: Uint8Array) => beforeEnd(it, [0x12, 0x34])],
    ["in inks, with its scan twice", inks, withScanTwice],
  ])("%s", async (_, make, change) => {
    const whole = await make();
    const { samples } = await renderOne(change(whole));
    expect(samples).toEqual((await renderOne(whole)).samples);
  });
});

test("a JPEG whose data are too short by a byte is not taken for one with bytes too many", async () => {
  for (const missing of [1, 2, 5, 9, 40]) {
    const end = sequential.length - 2;
    const short = Buffer.concat([sequential.subarray(0, end - missing), sequential.subarray(end)]);
    expect(await refusal(new Uint8Array(short)), `${missing} bytes`).toMatchObject({
      reason: "corrupt_image",
    });
  }
});
