import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { DamagedSource } from "../../../../engine/codecs/codec.ts";
import {
  isInOrder,
  openPlanes,
  withoutWhatFollows,
} from "../../../../engine/codecs/jpeg/planes.ts";
import type { Workspace } from "../../../../engine/pixels/workspace.ts";
import { bytes } from "../../../core/image/made-headers.ts";
import { decodeRequest, newWorkspace, scene } from "../../pixels/fixtures.ts";
import { writeDcJpeg } from "./dc-jpeg.ts";

const size = { width: 40, height: 40 };
const grey = writeDcJpeg({ ...size, components: [{ h: 1, v: 1 }] }, (_, x, y) => 300 * x * y);
const inks = writeDcJpeg(
  { ...size, components: Array.from({ length: 4 }, () => ({ h: 1, v: 1 })) },
  (_, x) => 300 * x,
);
const progressive = new Uint8Array(
  await sharp(scene(40, 40), { raw: { ...size, channels: 4 } })
    .removeAlpha()
    .jpeg({ progressive: true })
    .toBuffer(),
);
const endOfImage = bytes(0xff, 0xd9);
const without = (file: Uint8Array, marker: number) => {
  const at = Buffer.from(file).indexOf(Buffer.of(0xff, marker));
  const length = ((file[at + 2] ?? 0) << 8) + (file[at + 3] ?? 0);
  return bytes(file.subarray(0, at), file.subarray(at + 2 + length));
};
/** The start-of-frame marker exchanged for another. */
const asCoding = (file: Uint8Array, marker: number) =>
  file.with(Buffer.from(file).indexOf(Buffer.of(0xff, 0xc0)) + 1, marker);
const scanOf = (file: Uint8Array) => Buffer.from(file).indexOf(Buffer.of(0xff, 0xda));
const dataOf = (file: Uint8Array) => scanOf(file) + 2 + (file[scanOf(file) + 3] ?? 0);

/** A workspace, and how many of its blocks are in use. */
function watched() {
  const workspace = newWorkspace();
  let inUse = 0;
  const own: Workspace = {
    ...workspace,
    allocate: (length) => (inUse++, workspace.allocate(length)),
    free: (pointer) => (inUse--, workspace.free(pointer)),
  };
  return { workspace: own, inUse: () => inUse };
}

function open(file: Uint8Array, shrink = 1) {
  const { workspace, inUse } = watched();
  const planes = openPlanes(file, { ...decodeRequest(size, { shrink }), workspace });
  return { planes, inUse };
}

describe("planes are opened", () => {
  test.each([
    ["sequential", grey],
    ["progressive", progressive],
  ])("of a well-formed %s file, and all memory is given back", (_, file) => {
    const { planes, inUse } = open(file);
    planes?.finish();
    expect(inUse()).toBe(2);
    planes?.free();
    expect(inUse()).toBe(0);
  });

  test.each([
    ["of another coding", asCoding(grey, 0xc3)],
    ["without a frame", without(grey, 0xc0)],
    ["without divisors", without(grey, 0xdb)],
    ["in inks", inks],
    ["whose scan is not whole", asCoding(progressive, 0xc0)],
    ["that ends at once", bytes(0xff, 0xd8, endOfImage)],
    ["whose headers are cut", grey.subarray(0, dataOf(grey) - 5)],
    [
      "that is progressive, with a scan twice",
      bytes(progressive.subarray(0, -2), progressive.subarray(scanOf(progressive))),
    ],
    ["that is progressive and cut", progressive.subarray(0, -40)],
  ])("of no file %s, and no memory is kept", (_, file) => {
    const { planes, inUse } = open(file);
    expect(planes).toBeUndefined();
    expect(inUse()).toBe(0);
  });

  test("row by row of MCUs: damage shows where it is", () => {
    // The third row of five MCUs begins with a code that there is not.
    const marked = writeDcJpeg(
      { ...size, components: [{ h: 1, v: 1 }], restartInterval: 5 },
      () => 0,
    );
    const at = Buffer.from(marked).indexOf(Buffer.of(0xff, 0xd1)) + 2;
    const { planes } = open(marked.with(at, 0xf0));
    const [luma] = planes?.planes ?? [];
    expect(() => luma?.ready(15)).not.toThrow();
    expect(() => luma?.ready(16)).toThrow(DamagedSource);
    expect(() => planes?.finish()).toThrow(DamagedSource);
  });

  test("to the end of the data: a file that ends right there may have been cut", () => {
    const finish = (file: Uint8Array) => () => open(file).planes?.finish();
    expect(finish(grey)).not.toThrow();
    expect(finish(grey.subarray(0, -2))).toThrow(DamagedSource);
    expect(finish(bytes(grey.subarray(0, -2), 1, 2))).not.toThrow();
    expect(finish(bytes(grey.subarray(0, -3), endOfImage))).toThrow(DamagedSource);
  });
});

describe("data are in order up to the last block", () => {
  test("in any colours, whatever follows", () => {
    for (const file of [grey, inks, progressive]) {
      const { workspace, inUse } = watched();
      expect(isInOrder(workspace, file)).toBe(true);
      expect(isInOrder(workspace, bytes(file.subarray(0, -2), 1, 2, endOfImage))).toBe(true);
      expect(inUse()).toBe(0);
    }
  });

  test("but not where they are cut, or nothing can be read", () => {
    for (const file of [grey, inks, progressive]) {
      const { workspace, inUse } = watched();
      const cut = bytes(file.subarray(0, -6), endOfImage);
      expect(isInOrder(workspace, cut)).toBe(false);
      expect(isInOrder(workspace, without(file, 0xdb))).toBe(false);
      expect(inUse()).toBe(0);
    }
    const { workspace } = watched();
    const half = bytes(inks.subarray(0, dataOf(inks) + 10), endOfImage);
    expect(isInOrder(workspace, half)).toBe(false);
  });
});

describe("a picture is taken out of what follows its data", () => {
  const whole = inks;
  const data = whole.subarray(0, -2);

  test("where another scan or picture does, without an end between", () => {
    for (const following of [whole, whole.subarray(scanOf(whole))])
      expect(withoutWhatFollows(bytes(data, following))).toEqual(whole);
    expect(withoutWhatFollows(bytes(whole, 7))).toEqual(whole);
  });

  test("not where it ends so already, or where nothing follows", () => {
    expect(withoutWhatFollows(whole)).toBeUndefined();
    expect(withoutWhatFollows(data)).toBeUndefined();
  });

  test("nor where it is not in one sequential scan", () => {
    expect(withoutWhatFollows(bytes(progressive, 7))).toBeUndefined();
    expect(withoutWhatFollows(bytes(asCoding(progressive, 0xc0), 7))).toBeUndefined();
    expect(withoutWhatFollows(bytes(asCoding(whole, 0xc2), 7))).toBeUndefined();
    expect(withoutWhatFollows(bytes(0xff, 0xd8, endOfImage, 7))).toBeUndefined();
    expect(withoutWhatFollows(bytes(whole.subarray(0, scanOf(whole)), endOfImage))).toBeUndefined();
  });
});
