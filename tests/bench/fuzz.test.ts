import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dissect } from "../../bench/fuzz/anatomy.ts";
import { areNested, hasOwnSize } from "../../bench/fuzz/nested-boxes.ts";
import { withoutConditioning, withoutForeignScans } from "../../bench/fuzz/own-scans.ts";
import { isWholeGif } from "../../bench/fuzz/whole-gif.ts";
import { mutate } from "../../bench/fuzz/mutate.ts";
import { isWholeJpeg } from "../../bench/fuzz/whole-jpeg.ts";
import { isWholeProgressive } from "../../bench/fuzz/whole-progressive.ts";
import { makeSeedPictures } from "../../bench/fuzz/seed-pictures.ts";
import { seededRandom } from "../../scripts/scene/noise.ts";
import { box, bytes, ftyp, ispe, u32 } from "../core/image/made-headers.ts";

const pictures = await makeSeedPictures();
const files = pictures.map(({ file }) => file);

describe("the anatomy of a file", () => {
  test.each(pictures)("of $name has every byte in one part, in order", ({ file }) => {
    const { parts } = dissect(file);
    expect(parts.length).toBeGreaterThan(1);
    let end = 0;
    for (const part of parts) {
      expect(part.start).toBe(end);
      expect(part.end).toBeGreaterThan(part.start);
      end = part.end;
    }
    expect(end).toBe(file.length);
  });

  test.each(pictures)("of $name has the picture's size among its dimensions", ({ file }) => {
    const values = dissect(file).dimensions.map(({ at, bytes, order }) => {
      const field = [...file.subarray(at, at + bytes)];
      if (order === "little") field.reverse();
      return field.reduce((value, byte) => value * 256 + byte, 0);
    });
    // WebP says one less than it means, and VP8L packs both sides into one number.
    const sizes = new Set([61, 60, 45, 44]);
    const isPacked = values.some((value) => (value & 0x3fff) === 60 && value > 0xffff);
    expect(isPacked || values.some((value) => sizes.has(value))).toBe(true);
  });

  test("is whole for any bytes", () => {
    fc.assert(
      fc.property(fc.nat(files.length - 1), fc.nat(), fc.uint8Array(), (index, cut, bytes) => {
        const picture = files[index] ?? new Uint8Array();
        const file = new Uint8Array([...picture.subarray(0, cut % 200), ...bytes]);
        const { parts, lengths, dimensions } = dissect(file);
        const total = parts.reduce((sum, { start, end }) => sum + end - start, 0);
        expect(total).toBe(file.length);
        for (const field of [...lengths, ...dimensions])
          expect(field.at + field.bytes).toBeLessThanOrEqual(file.length);
      }),
    );
  });
});

describe("a mutation", () => {
  const mutant = (seed: number) => {
    const random = seededRandom(seed);
    const file = files[Math.floor(random() * files.length)] ?? new Uint8Array();
    return { file, mutant: mutate(file, files, random) };
  };

  test("comes out the same for the same numbers, and leaves its picture alone", () => {
    const before = files.map((file) => file.slice());
    for (let seed = 0; seed < 300; seed++) expect(mutant(seed).mutant).toEqual(mutant(seed).mutant);
    expect(files).toEqual(before);
  });

  test("of a Buffer, as files are read, is a mutation of its bytes", () => {
    for (let seed = 0; seed < 300; seed++) {
      const file = files[seed % files.length] ?? new Uint8Array();
      const buffer = Buffer.from(file);
      expect(mutate(buffer, [], seededRandom(seed))).toEqual(mutate(file, [], seededRandom(seed)));
      expect(buffer.equals(file)).toBe(true);
    }
  });

  test("changes nearly every picture", () => {
    const seeds = Array.from({ length: 500 }, (_, seed) => seed);
    const unchanged = seeds.filter((seed) => {
      const { file, mutant: changed } = mutant(seed);
      return Buffer.compare(file, changed) === 0;
    });
    expect(unchanged.length).toBeLessThan(15);
  });

  test("works on any bytes, none included", () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.nat(), (file, seed) => {
        expect(mutate(file, [], seededRandom(seed))).toBeInstanceOf(Uint8Array);
      }),
    );
  });
});

test("the codes of a GIF's first frame are judged by the letter", () => {
  const gif = (...codes: readonly number[]) => {
    const bits = codes.reduce((sum, code, at) => sum + code * 8 ** at, 0);
    const data = Uint8Array.of(bits & 255, bits >> 8, 0);
    const screen = [2, 0, 2, 0, 0x81, 0, 0, ...Array.from({ length: 12 }, () => 0)];
    const frame = [0x2c, 0, 0, 0, 0, 2, 0, 2, 0, 0, 2, 2];
    return Uint8Array.from([...Buffer.from("GIF89a"), ...screen, ...frame, ...data, 0x3b]);
  };
  // 4 begins, 5 ends, 6 is the first new code: the one before and its own first pixel.
  expect(isWholeGif(gif(4, 1, 6, 1))).toBe(true);
  expect(isWholeGif(gif(4, 1, 7))).toBe(false);
  expect(isWholeGif(gif(4, 6, 1))).toBe(false);
  const whole = gif(4, 1, 6, 1);
  const codeSizeAt = 35;
  for (const size of [0, 9]) expect(isWholeGif(whole.with(codeSizeAt, size))).toBe(false);
  const frameAt = 25;
  const behind = (...block: readonly number[]) =>
    Uint8Array.from([...whole.subarray(0, frameAt), ...block, ...whole.subarray(frameAt)]);
  expect(isWholeGif(behind(0x21, 0xff, 0))).toBe(true);
  expect(isWholeGif(behind(0x21, 0xff, 0, 1, 9, 0))).toBe(false);
  expect(isWholeGif(behind(0x21, 0xf9, 0))).toBe(false);
  const [screenWidthAt, frameWidthAt] = [6, 30];
  expect(isWholeGif(whole.with(screenWidthAt, 0).with(frameWidthAt, 0))).toBe(false);
});

describe("the scans of a progressive JPEG are judged by the letter", () => {
  const named = (name: string) => {
    const file = pictures.find((picture) => picture.name === name)?.file;
    if (!file) throw new Error(`no picture "${name}"`);
    return file;
  };
  const whole = named("jpeg progressive");

  test.each(["jpeg progressive", "jpeg progressive 4:4:4", "jpeg cmyk progressive"])(
    "those of an intact one (%s) are in order",
    (name) => {
      expect(isWholeProgressive(named(name))).toBe(true);
      expect(isWholeJpeg(named(name))).toBeUndefined();
    },
  );

  test("the letter says nothing of other pictures", () => {
    expect(isWholeProgressive(named("jpeg"))).toBeUndefined();
    expect(isWholeJpeg(named("jpeg"))).toBe(true);
  });

  /** Of every scan, the last one that refines included, of which libjpeg warns of nothing. */
  test("data that end early are not", () => {
    const { parts } = dissect(whole);
    const scans = parts.filter(({ start }) => whole[start + 1] === 0xda);
    expect(scans).toHaveLength(10);
    for (const { end } of scans) {
      const short = Buffer.concat([whole.subarray(0, end - 8), whole.subarray(end)]);
      expect(isWholeProgressive(short), `${end}`).toBe(false);
    }
  });

  test("nor is a run that leaves its band, or a code that no table has", () => {
    const { parts } = dissect(whole);
    const tables = parts.filter(
      ({ start }) => whole[start + 1] === 0xc4 && whole[start + 4] === 0x10,
    );
    const last = tables.at(-1) ?? { start: 0, end: 0 };
    const symbolsAt = last.start + 4 + 17;
    // Every code that ended a band is now fifteen zeros and a new coefficient; then there are no codes at all.
    const farRuns = whole.slice().fill(0xf1, symbolsAt, last.end);
    expect(isWholeProgressive(farRuns)).toBe(false);
    const noCodes = whole.slice().fill(0, last.start + 5, symbolsAt);
    expect(isWholeProgressive(noCodes)).toBe(false);
  });
});

test("the boxes of a HEIC file are judged by the letter", () => {
  const meta = (...inside: readonly Uint8Array[]) => box("meta", u32(0), ...inside);
  const heic = (...boxes: readonly Uint8Array[]) => bytes(ftyp("heic", "mif1", "heic"), ...boxes);
  const data = box("mdat", 1, 2, 3);
  const sizes = box("iprp", box("ipco", ispe(4, 4)));
  const openEnded = (file: Uint8Array) => file.with(3, 0);
  expect(areNested(heic(meta(sizes), data))).toBe(true);
  expect(areNested(heic(openEnded(data), meta(sizes)))).toBe(false);
  expect(areNested(heic(data, openEnded(meta(sizes))))).toBe(true);
  expect(areNested(heic(openEnded(meta(sizes)), data))).toBe(false);
  expect(areNested(heic(meta(openEnded(sizes)), data))).toBe(false);
  expect(areNested(heic(meta(box("iprp", openEnded(box("ipco")))), data))).toBe(false);
  expect(areNested(heic(meta(sizes, Uint8Array.of(0)), data))).toBe(false);
  expect(areNested(heic(meta(sizes).with(3, 200), data))).toBe(false);
  expect(areNested(heic(data))).toBe(false);
});

test("a HEIC picture has a size of its own by the letter, and not another item's", () => {
  const sized = (primary: number, associated: readonly number[]) =>
    bytes(
      ftyp("heic"),
      box(
        "meta",
        u32(0),
        box("pitm", u32(0), 0, primary),
        box("iprp", box("ipco", box("hvcC"), ispe(4, 4)), box("ipma", ...associated)),
      ),
    );
  // One entry: item 7 has the properties 1 and 2.
  const both = [0, 0, 0, 0, 0, 0, 0, 1, 0, 7, 2, 0x81, 2];
  expect(hasOwnSize(sized(7, both))).toBe(true);
  expect(hasOwnSize(sized(8, both))).toBe(false);
  expect(hasOwnSize(sized(7, both.with(12, 1)))).toBe(false);
  expect(hasOwnSize(sized(7, both.slice(0, 9)))).toBe(false);
  expect(hasOwnSize(ftyp("heic"))).toBe(false);
});

test("conditions of arithmetic coding are left out of a JPEG, and nothing else", () => {
  const whole = pictures.find(({ name }) => name === "jpeg progressive")?.file ?? new Uint8Array();
  expect(withoutConditioning(whole)).toBeUndefined();
  const conditioned = bytes(
    whole.subarray(0, 2),
    Uint8Array.of(0xff, 0xcc, 0, 4, 0, 1),
    whole.subarray(2),
  );
  expect(withoutConditioning(conditioned)).toEqual(Buffer.from(whole));
});

test("a scan that refines what no scan has brought is left out, and no other", () => {
  const whole = pictures.find(({ name }) => name === "jpeg progressive")?.file ?? new Uint8Array();
  expect(withoutForeignScans(whole)).toBeUndefined();
  const { parts } = dissect(whole);
  const isLumaBand = ({ start }: { start: number }) =>
    whole[start + 1] === 0xda && whole[start + 4] === 1 && whole[start + 9] === 0x02;
  const first = parts.find(isLumaBand);
  if (!first) throw new Error("no scan of luma's first coefficients");
  const lacking = Buffer.concat([whole.subarray(0, first.start), whole.subarray(first.end)]);
  expect(withoutForeignScans(lacking)?.length).toBeLessThan(lacking.length);
});
