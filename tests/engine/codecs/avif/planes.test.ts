import { expect, test } from "vitest";
import { viewOf } from "../../../../core/image/bytes.ts";
import { readStill } from "../../../../engine/codecs/avif/obu.ts";
import { samplePsnr } from "../../../../bench/rgba-picture.ts";
import { scene } from "../../pixels/fixtures.ts";
import { decoded, encode, newAvifDecoder, newAvifEncoder, outcome } from "../codecs.ts";
import { halvedChroma, headerOf } from "./halved-chroma.ts";

const decoder = newAvifDecoder();

/** Through the road that takes all pictures but opaque 8-bit 4:2:0. */
const byLibavif = (file: Uint8Array) =>
  decoded(decoder, file, { info: headerOf(file), asPixels: true }).rgba;

test.each([
  [96, 64],
  [97, 64],
  [96, 63],
  [65, 67],
  [5, 3],
  [1, 1],
])("8-bit 4:2:0 of %i × %i agrees with libavif", async (width, height) => {
  const file = await halvedChroma(width, height);
  const ours = decoded(decoder, file, { info: headerOf(file), asPixels: false });
  expect(ours).toMatchObject({ width, height, samples: "planes" });
  // They interpolate chroma differently, which shows where a picture is all edges.
  expect(samplePsnr(ours.rgba, byLibavif(file))).toBeGreaterThan(35);
});

const limitedBytes = (rgba: Uint8Array) =>
  rgba.map((value, at) => ((at & 3) === 3 ? value : Math.round((value - 16) * (255 / 219))));

test("the range comes from the container, or else from the sequence header", async () => {
  const file = withContainerRange(96, 64);
  const info = headerOf(file);
  const full = decoded(decoder, file, { info, asPixels: false }).rgba;
  const grey = (rgba: Uint8Array) => rgba.filter((_, at) => (at & 3) === 1);
  const byContainer = withRange(file, { inContainer: false });
  const expanded = decoded(decoder, byContainer, { info, asPixels: false }).rgba;
  // The same luma, read as reaching from 16 to 235; colours shift green by a little more.
  expect(samplePsnr(grey(expanded), grey(new Uint8Array(limitedBytes(full))))).toBeGreaterThan(25);
  expect(samplePsnr(expanded, byLibavif(byContainer))).toBeGreaterThan(35);
  const bySequence = withRange(file, { inSequence: false, hasContainer: false });
  expect(decoded(decoder, bySequence, { info, asPixels: false }).rgba).toEqual(expanded);
  const both = withRange(file, { inSequence: false });
  expect(decoded(decoder, both, { info, asPixels: false }).rgba).toEqual(full);
});

/** libavif says the range in the container as well. */
function withContainerRange(width: number, height: number): Uint8Array {
  const file = encode(newAvifEncoder(), { width, height, rgba: scene(width, height) });
  if (!file.ok) throw new Error(file.error.reason);
  return file.value.slice();
}

/** The file with other words on its range. */
function withRange(
  file: Uint8Array,
  { inContainer = true, inSequence = true, hasContainer = true },
): Uint8Array {
  const changed = file.slice();
  const nclx = Buffer.from(changed.buffer).indexOf("colrnclx");
  if (nclx < 0) throw new Error("the container says no range");
  if (!hasContainer) changed.set(Buffer.from("free"), nclx);
  if (!inContainer) changed[nclx + 14] = 0;
  if (!inSequence) clearRange(changed);
  return changed;
}

/** Finds the one bit of the sequence header that says "full range" and nothing else. */
function clearRange(file: Uint8Array): void {
  const start = Buffer.from(file.buffer).indexOf("mdat") + 4;
  const data = file.subarray(start);
  const before = readStill(data)?.sequence;
  for (let bit = 16; bit < 160; bit++) {
    const flip = () => (data[bit >> 3] = (data[bit >> 3] ?? 0) ^ (0x80 >> (bit & 7)));
    flip();
    const after = readStill(data)?.sequence;
    if (before && after && isOnlyRange(before, after)) return;
    flip();
  }
  throw new Error("no bit says the range");
}

function isOnlyRange(before: object, after: object): boolean {
  return JSON.stringify({ ...before, fullRange: false }) === JSON.stringify(after);
}

test("a damaged picture, or one coded otherwise than its header says, is refused", async () => {
  const file = await halvedChroma(128, 96);
  const info = headerOf(file);
  const data = Buffer.from(file.buffer).indexOf("mdat") + 4;
  const damaged = file.slice();
  damaged.fill(0xff, data + 12, data + 30);
  expect(outcome(decoder, damaged, info, false)).toBe("corrupt_image");
  const cut = file.subarray(0, file.length - 10);
  expect(outcome(decoder, cut, info, false)).toBe("truncated_image");
  expect(outcome(decoder, file, { ...info, width: 127 }, false)).toBe("corrupt_image");
  const ispe = Buffer.from(file.buffer).indexOf("ispe");
  const smaller = file.slice();
  viewOf(smaller).setUint32(ispe + 8, 120);
  expect(outcome(decoder, smaller, headerOf(smaller), false)).toBe("corrupt_image");
});

test("a box behind the picture's data may be cut, its data may not", async () => {
  const file = await halvedChroma(128, 96);
  const info = headerOf(file);
  const isDecoded = (...more: readonly number[]) =>
    outcome(decoder, new Uint8Array([...file, ...more]), info, false);
  expect(isDecoded()).toBe("decoded");
  expect(isDecoded(0, 0, 1, 0, 102, 114, 101, 101)).toBe("decoded");
  expect(isDecoded(1, 2, 3)).toBe("decoded");
});

test("only the first frame of the data is decoded", async () => {
  const file = await halvedChroma(64, 64);
  const data = file.subarray(Buffer.from(file.buffer).indexOf("mdat") + 4);
  const still = readStill(data);
  if (!still) throw new Error("no picture");
  const twice = new Uint8Array([...still.frame, ...still.frame]);
  expect(readStill(twice)?.frame.length).toBeLessThan(still.frame.length + 20);
});
