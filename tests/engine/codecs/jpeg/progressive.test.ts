import sharp from "sharp";
import { describe, expect, test } from "vitest";
import type { PlaneRequest } from "../../../../engine/codecs/codec.ts";
import { openPlanes } from "../../../../engine/codecs/jpeg/planes.ts";
import { bytes, frameHeader, jpeg, segment, u16 } from "../../../core/image/made-headers.ts";
import { samplePsnr } from "../../../../bench/rgba-picture.ts";
import { decodeRequest, scene } from "../../pixels/fixtures.ts";
import { readPlane } from "./read-plane.ts";

/** The code 0 is the symbol 0: no difference, or the end of a block. The code 10 is a coefficient of one bit. */
const [dcTable, acTable] = [0x00, 0x10].map((head) =>
  segment(0xc4, bytes(head, 1, 1, new Uint8Array(14), 0, 1)),
) as [Uint8Array, Uint8Array];
const divisors = segment(0xdb, bytes(0, new Uint8Array(64).fill(8)));
const endOfImage = bytes(0xff, 0xd9);

interface ScanBytes {
  /** Ids of its components. */
  readonly of?: readonly number[];
  readonly band?: readonly [start: number, end: number];
  readonly bits?: readonly [high: number, low: number];
  readonly data?: readonly number[];
  /** Of DC and AC, four bits each. */
  readonly tables?: number;
}
const scan = ({ of = [1], band = [0, 0], bits = [0, 0], data = [0x7f], tables = 0 }: ScanBytes) =>
  bytes(
    segment(
      0xda,
      bytes(of.length, ...of.flatMap((id) => [id, tables]), ...band, (bits[0] << 4) | bits[1]),
    ),
    ...data,
  );
const means = scan({});

interface FileBytes {
  readonly marker?: number;
  readonly sampling?: readonly number[];
  readonly width?: number;
  readonly before?: readonly Uint8Array[];
}
const file = (scans: readonly Uint8Array[], own: FileBytes = {}) => {
  const { marker = 0xc2, sampling = [0x11], width = 8, before = [dcTable, acTable] } = own;
  const frame = frameHeader({ marker, sampling, width, height: 8 });
  return jpeg(divisors, frame, ...before, ...scans, endOfImage);
};
const size = { width: 8, height: 8 };
const open = (source: Uint8Array) => openPlanes(source, decodeRequest(size));
const isRead = (scans: readonly Uint8Array[], own: FileBytes = {}) =>
  open(file(scans, own)) !== undefined;

describe("a progressive picture's scans", () => {
  test("bring means, or one band of one component", () => {
    expect(isRead([means])).toBe(true);
    expect(isRead([scan({ band: [0, 5] })])).toBe(false);
    const detail = (start: number, end: number) => isRead([means, scan({ band: [start, end] })]);
    expect([detail(1, 63), detail(5, 5)]).toEqual([true, true]);
    expect([detail(5, 4), detail(60, 64), detail(64, 64)]).toEqual([false, false, false]);
    const three = { sampling: [0x11, 0x11, 0x11] };
    const ofAll = scan({ of: [1, 2, 3], data: [0x1f] });
    expect(isRead([ofAll, scan({ band: [1, 5] })], three)).toBe(true);
    expect(isRead([ofAll, scan({ of: [1, 2], band: [1, 5] })], three)).toBe(false);
  });

  test("bring the next bit each, of fourteen at most", () => {
    expect(isRead([scan({ bits: [0, 13] })])).toBe(true);
    expect(isRead([scan({ bits: [0, 14] })])).toBe(false);
    const first = scan({ bits: [0, 3] });
    expect(isRead([first, scan({ bits: [3, 2] })])).toBe(true);
    expect(isRead([first, scan({ bits: [3, 1] })])).toBe(false);
    expect(isRead([first, scan({ bits: [2, 1] })])).toBe(false);
    expect(isRead([means, scan({ band: [1, 5], bits: [0, 14] })])).toBe(false);
  });

  test("have the tables that they name; bits that are added to means need none", () => {
    expect(isRead([means], { before: [acTable] })).toBe(false);
    // That of another scan of the component does not do.
    expect(isRead([scan({ band: [1, 63] }), scan({ tables: 0x30 })])).toBe(false);
    expect(isRead([scan({ band: [1, 63] }), means])).toBe(true);
    const detail = scan({ band: [1, 63] });
    expect(isRead([means, detail], { before: [dcTable] })).toBe(false);
    expect(isRead([scan({ bits: [0, 1] }), scan({ bits: [1, 0], tables: 0x33 })])).toBe(true);
  });

  test("have their data in order", () => {
    // 11 is no code.
    const outOfOrder = [0b1100_0000];
    expect(isRead([scan({ data: outOfOrder })])).toBe(false);
    expect(isRead([means, scan({ band: [1, 63], data: outOfOrder })])).toBe(false);
    expect(isRead([scan({ data: [] })])).toBe(false);
  });

  test("hold no component twice, and none but the frame's", () => {
    expect(isRead([scan({ of: [1, 1], data: [0x3f] })])).toBe(false);
    expect(isRead([scan({ of: [2] })])).toBe(false);
  });

  test("of one component cover the picture, and not the padding of its last MCU", () => {
    // Three blocks of luma lie in the picture, four in its MCUs.
    const own = { width: 24, sampling: [0x21, 0x11, 0x11] };
    const chroma = [2, 3].map((id) => scan({ of: [id], data: [0x3f] }));
    expect(isRead([scan({ data: [0b0001_1111] }), ...chroma], own)).toBe(true);
    expect(isRead([scan({ data: [0b0011_1111] }), ...chroma], own)).toBe(false);
    expect(isRead([scan({ of: [1, 2, 3], data: [0x00] })], own)).toBe(true);
  });

  test("are Huffman coded: a frame of another coding is not read", () => {
    expect(isRead([means], { marker: 0xca })).toBe(false);
  });

  test("may be cut into stretches by restart markers", () => {
    const samplesOf = (detail: Uint8Array, before: readonly Uint8Array[]) => {
      const planes = openPlanes(
        file([scan({ data: [0x3f] }), ...before, detail], { width: 16 }),
        decodeRequest({ width: 16, height: 8 }),
      );
      if (!planes) throw new Error("not read");
      return readPlane(planes, 0);
    };
    const band = [1, 63] as const;
    // An empty block, then one with a first coefficient of 1.
    const plain = samplesOf(scan({ band, data: [0b0_1010_111] }), []);
    const interval = segment(0xdd, u16(1));
    const marked = scan({ band, data: [0x7f, 0xff, 0xd0, 0b1010_1111] });
    expect(samplesOf(marked, [interval])).toEqual(plain);
    expect([plain[0], plain[8]]).toEqual([128, 129]);
  });
});

test("chroma that was left smaller than luma is sharper than the mean of its samples", async () => {
  const [width, height] = [96, 64];
  const picture = sharp(scene(width, height), {
    raw: { width, height, channels: 4 },
  }).removeAlpha();
  const source = new Uint8Array(
    await picture.jpeg({ quality: 95, chromaSubsampling: "4:4:4" }).toBuffer(),
  );
  const blue = (shrink: number, chromaRatio: number) => {
    const { planes, ...request } = decodeRequest({ width, height }, { shrink });
    const wanted: PlaneRequest = { ...planes, chromaRatio };
    const opened = openPlanes(source, { ...request, planes: wanted });
    if (!opened) throw new Error("not read");
    return readPlane(opened, 1);
  };
  const whole = blue(1, 1);
  const means = Uint8Array.from({ length: (width / 2) * (height / 2) }, (_, at) => {
    const [x, y] = [2 * (at % (width / 2)), 2 * Math.floor(at / (width / 2))];
    const four = [0, 1, width, width + 1].map((more) => whole[y * width + x + more] ?? 0);
    return Math.round(four.reduce((sum, value) => sum + value, 0) / 4);
  });
  expect(samplePsnr(blue(2, 2), means)).toBeGreaterThan(samplePsnr(blue(1, 2), means) + 1);
  expect(blue(1, 2)).toHaveLength(means.length);
});
