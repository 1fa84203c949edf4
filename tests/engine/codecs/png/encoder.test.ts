import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { scene } from "../../pixels/fixtures.ts";
import { formats } from "../../../../core/image/formats.ts";
import { PngEncoder } from "../../../../engine/codecs/png/encoder.ts";
import { loadEngineModules } from "../../../../engine/modules-node.ts";
import { decoded, encode, newPngDecoder, newPngEncoder } from "../codecs.ts";

const encoder = newPngEncoder();
const [width, height] = [317, 203];

function encoded(rgba: Uint8Array, icc?: Uint8Array): Uint8Array {
  const result = encode(encoder, { width, height, rgba }, icc === undefined ? {} : { icc });
  if (!result.ok) throw new Error(result.error.reason);
  return result.value;
}

/** Flat shapes, which compress best unfiltered. */
const drawing = Uint8Array.from({ length: width * height * 4 }, (_, index) => {
  const [x, y] = [(index >> 2) % width, Math.floor((index >> 2) / width)];
  return (index & 3) === 3 ? 255 : (x >> 5) + (y >> 4) > 8 ? 200 : 30 * (index & 3);
});
const withGrey = (rgba: Uint8Array) =>
  rgba.map((value, index) => ((index & 3) === 3 ? value : (rgba[index & ~3] ?? 0)));

describe("every pixel survives, in as few channels as it takes", () => {
  test.each([
    ["RGB", scene(width, height), 2],
    ["RGB with alpha", scene(width, height, true), 6],
    ["grey", withGrey(scene(width, height)), 0],
    ["grey with alpha", withGrey(scene(width, height, true)), 4],
    ["a drawing", drawing, 2],
  ] as const)("%s", async (_, rgba, colourType) => {
    const png = encoded(rgba);
    expect(png[25]).toBe(colourType);
    const theirs = await sharp(png).toColourspace("srgb").ensureAlpha().raw().toBuffer();
    expect(Buffer.compare(theirs, rgba)).toBe(0);
    expect(Buffer.compare(decoded(newPngDecoder(), png).rgba, rgba)).toBe(0);
  });
});

test.each([
  ["photograph", scene(width, height)],
  ["drawing", drawing],
])("a %s is no larger than libvips makes it", async (_, rgba) => {
  const raw = { width, height, channels: 4 } as const;
  const theirs = await sharp(rgba, { raw }).removeAlpha().png().toBuffer();
  expect(encoded(rgba).length).toBeLessThan(theirs.length * 1.03);
});

test("a profile is carried along", () => {
  const icc = Uint8Array.from({ length: 500 }, (_, index) => index);
  const picture = decoded(newPngDecoder(), encoded(drawing, icc));
  expect(picture.icc).toEqual(icc);
});

test("the same picture gives the same bytes, on a fresh encoder too", () => {
  const rgba = scene(width, height);
  const other = encode(newPngEncoder(), { width, height, rgba });
  expect(other).toEqual({ ok: true, value: encoded(rgba) });
});

test("a picture of several strips is whole, in no more memory than is planned", () => {
  const size = { width: 400, height: 401 };
  const fresh = newPngEncoder();
  const rgba = scene(size.width, size.height);
  const file = encode(fresh, { ...size, rgba });
  if (!file.ok) throw new Error(file.error.reason);
  expect(Buffer.compare(decoded(newPngDecoder(), file.value).rgba, rgba)).toBe(0);
  const planned = formats.png.output.memory({ ...size, hasAlpha: false, lossless: true });
  expect(fresh.wasmBytes).toBeLessThanOrEqual(planned.wasm);
});

test("a drawing, where two pixels of five are like the one before, is deflated harder", async () => {
  const { png } = await loadEngineModules();
  const levelOf = (row: readonly number[]) => {
    const levels: number[] = [];
    const own = new PngEncoder(png, (bytes, { level }) => (levels.push(level), bytes));
    const rgba = Uint8Array.from([...row, ...row].flatMap((grey) => [grey, grey, grey, 255]));
    encode(own, { width: row.length, height: 2, rgba }, { icc: Uint8Array.of(1) });
    return levels;
  };
  // The profile's level, then the picture's.
  expect(levelOf([10, 10, 10, 90, 200])).toEqual([6, 6]);
  expect(levelOf([10, 10, 60, 90, 200])).toEqual([6, 4]);
});
