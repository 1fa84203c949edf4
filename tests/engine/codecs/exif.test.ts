import fc from "fast-check";
import sharp, { type Sharp } from "sharp";
import { describe, expect, test } from "vitest";
import { withoutPrefix } from "../../../core/image/exif/orientation.ts";
import { limits } from "../../../core/limits.ts";
import { exifSegment, firstExif } from "../../../engine/codecs/exif.ts";
import { exifInJpeg } from "../../../engine/codecs/jpeg/syntax/exif.ts";
import { exifInPng } from "../../../engine/codecs/png/exif.ts";
import { exifInWebp } from "../../../engine/codecs/webp/exif.ts";
import {
  bytes,
  jpeg,
  pngChunk,
  repeated,
  segment,
  u16,
  u32,
} from "../../core/image/made-headers.ts";
import { entry, exifOf, tagsOf, tiffOf, type Order } from "./tiff-fixture.ts";

const blank = () => sharp({ create: { width: 40, height: 30, channels: 3, background: "teal" } });

const photograph = () =>
  blank()
    .withExif({
      IFD0: {
        Copyright: "(c) A. Person",
        Artist: "A. Person",
        Make: "Camera Works",
        ImageWidth: "4000",
      },
      IFD1: { Compression: "6" },
      IFD2: { DateTimeOriginal: "2026:11:20 12:00:00", FNumber: "28/10", MakerNote: "secret" },
      IFD3: { GPSLatitudeRef: "N", GPSLatitude: "48/1 51/1 30/1" },
    })
    .withMetadata({ orientation: 6 });

const COPYRIGHT = 0x8298;
const ARTIST = 0x013b;
const MAKE = 0x010f;
const ORIENTATION = 0x0112;

const pngSignature = "\x89PNG\r\n\x1a\n";
const webpOf = (chunks: Uint8Array) =>
  bytes("RIFF", u32(4 + chunks.length, "little"), "WEBP", chunks);
const webpExif = (block: Uint8Array) => bytes("EXIF", u32(block.length, "little"), block);

/** A JPEG of sharp's with our segment in place of what it had. */
async function attach(kept: Uint8Array | undefined): Promise<Buffer> {
  if (kept === undefined) throw new Error("nothing kept");
  const plain = await blank().jpeg().toBuffer();
  return Buffer.concat([plain.subarray(0, 2), kept, plain.subarray(2)]);
}

const encoders: Readonly<Record<"jpeg" | "png" | "webp", (from: Sharp) => Sharp>> = {
  jpeg: (from) => from.jpeg(),
  png: (from) => from.png(),
  webp: (from) => from.webp(),
};

const blocksIn = { jpeg: exifInJpeg, png: exifInPng, webp: exifInWebp };
type WithExif = keyof typeof blocksIn;

const readExif = (file: Uint8Array, format: WithExif) => firstExif(blocksIn[format](file));

describe("the EXIF block of a file", () => {
  test.each(["jpeg", "png", "webp"] as const)("finds the block of a %s", async (format) => {
    const file = await encoders[format](photograph()).toBuffer();
    const block = readExif(file, format);
    const { exif } = await sharp(file).metadata();
    expect(block && new Uint8Array(block)).toEqual(new Uint8Array(withoutPrefix(exif ?? bytes())));
    expect(readExif(await encoders[format](blank()).toBuffer(), format)).toBeUndefined();
  });

  test("takes the first block that is one", () => {
    const app1 = (block: Uint8Array) => segment(0xe1, bytes("Exif\0\0", block));
    const first = tiffOf("little", [entry.ascii(COPYRIGHT, "first")]);
    const second = tiffOf("big", [entry.ascii(COPYRIGHT, "second")]);
    const xmp = segment(0xe1, bytes("http://ns.adobe.com/xap/1.0/\0"));
    const file = jpeg(xmp, app1(bytes("XX*\0")), app1(bytes()), app1(first), app1(second));
    expect(readExif(file, "jpeg")).toEqual(first);
  });

  test("does not mind what follows a WebP's stated end", () => {
    const block = tiffOf("big", [entry.ascii(COPYRIGHT, "me")]);
    const file = bytes(webpOf(webpExif(block)), "EXIF is not a chunk here");
    expect(readExif(file, "webp")).toEqual(block);
  });

  test("takes none over the limit", async () => {
    const block = tiffOf("big", [entry.ascii(COPYRIGHT, "x".repeat(limits.metadataBytesMax))]);
    const file = await blank().png().toBuffer();
    const chunk = Buffer.concat([u32(block.length), Buffer.from("eXIf"), block, u32(0)]);
    const whole = Buffer.concat([file.subarray(0, 33), chunk, file.subarray(33)]);
    expect(readExif(whole, "png")).toBeUndefined();
  });

  test.each(["png", "webp"] as const)(
    "looks through so many chunks of a %s and no more",
    (format) => {
      const block = tiffOf("big", [entry.ascii(COPYRIGHT, "me")]);
      const file = (chunks: number) =>
        format === "png"
          ? bytes(pngSignature, repeated(pngChunk("teXt"), chunks), pngChunk("eXIf", block))
          : webpOf(bytes(repeated(bytes("JUNK", u32(0)), chunks), webpExif(block)));
      expect(readExif(file(limits.sourceChunksMax - 1), format)).toEqual(block);
      expect(readExif(file(limits.sourceChunksMax), format)).toBeUndefined();
    },
  );

  test.each(["jpeg", "png", "webp"] as const)("survives any bytes called %s", async (format) => {
    const file = new Uint8Array(await encoders[format](photograph()).toBuffer());
    const damage = fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { maxLength: 8 });
    fc.assert(
      fc.property(damage, fc.nat(file.length), (changes, length) => {
        const damaged = file.slice(0, length);
        for (const [at, value] of changes) damaged[at] = value;
        const block = readExif(damaged, format);
        if (block === undefined) return;
        for (const keep of ["keep", "copyright"] as const) exifSegment(block, keep);
      }),
    );
  });
});

describe("exifSegment for copyright", () => {
  test.each(["jpeg", "png", "webp"] as const)("keeps notice and artist of a %s", async (format) => {
    const file = await encoders[format](photograph()).toBuffer();
    const kept = exifSegment(readExif(file, format) ?? bytes(), "copyright");
    const { exif, orientation } = await sharp(await attach(kept)).metadata();
    expect(orientation).toBeUndefined();
    expect(tagsOf(exif ?? bytes())).toEqual({
      main: {
        [COPYRIGHT]: "(c) A. Person\0",
        [ARTIST]: "A. Person\0",
      },
    });
  });

  test.each<Order>(["little", "big"])("writes both kinds of length, %s-endian", (order) => {
    const source = tiffOf(order, [
      entry.ascii(ARTIST, "me"),
      entry.ascii(MAKE, "Camera Works"),
      entry.ascii(COPYRIGHT, "all of us"),
    ]);
    const kept = exifSegment(source, "copyright");
    const wanted = [entry.ascii(ARTIST, "me"), entry.ascii(COPYRIGHT, "all of us")];
    expect(kept).toEqual(segment(0xe1, bytes("Exif\0\0", tiffOf(order, wanted))));
  });

  test.each([
    ["other tags only", [entry.ascii(MAKE, "Camera Works")]],
    ["a blank notice", [entry.ascii(COPYRIGHT, " "), entry.ascii(ARTIST, "   ")]],
    ["no tags", []],
  ])("is nothing where there are %s", (_, entries) => {
    expect(exifSegment(tiffOf("little", entries), "copyright")).toBeUndefined();
  });
});

describe("exifSegment for keep", () => {
  test("keeps camera, date and place of an upright picture", async () => {
    const file = await photograph().jpeg().toBuffer();
    expect((await sharp(file).metadata()).orientation).toBe(6);
    const kept = await attach(exifSegment(readExif(file, "jpeg") ?? bytes(), "keep"));
    const { exif, orientation } = await sharp(kept).metadata();
    expect(orientation).toBe(1);
    const tags = tagsOf(exif ?? bytes());
    expect(tags.main).toMatchObject({ [MAKE]: "Camera Works\0", [ARTIST]: "A. Person\0" });
    expect(tags.photo).toMatchObject({ [0x9003]: "2026:11:20 12:00:00\0" });
    expect(tags.gps).toMatchObject({ [0x0001]: "N\0" });
  });

  test("is read by libexif", async () => {
    const file = await photograph().webp().toBuffer();
    const kept = await attach(exifSegment(readExif(file, "webp") ?? bytes(), "keep"));
    const rewritten = (await sharp(await sharp(kept).keepExif().jpeg().toBuffer()).metadata()).exif;
    const { main, photo, gps } = tagsOf(rewritten ?? bytes());
    expect(main).toMatchObject({ [MAKE]: "Camera Works\0", [ORIENTATION]: [1] });
    expect(photo).toMatchObject({ [0x9003]: "2026:11:20 12:00:00\0" });
    expect(gps).toMatchObject({ [0x0001]: "N\0" });
  });

  test.each<Order>(["little", "big"])(
    "leaves out what is untrue or may hide a picture: %s",
    (order) => {
      const preview = "\xff\xd8 a preview of what was cropped away \xff\xd9";
      const source = exifOf(order, {
        main: [
          entry.short(0x0100, 4000, order),
          entry.short(ORIENTATION, 8, order),
          entry.ascii(MAKE, "Camera Works"),
          entry.long(0x014a, 8, order),
          entry.undefined(0x8649, preview),
          entry.undefined(0xc4a5, preview),
        ],
        photo: [
          entry.ascii(0x9003, "2026:11:20 12:00:00"),
          entry.undefined(0x927c, preview),
          entry.short(0xa001, 0xffff, order),
          entry.long(0xa002, 4000, order),
          entry.long(0xa003, 3000, order),
          entry.long(0xa005, 8, order),
        ],
        gps: [entry.ascii(0x0001, "N")],
        thumbnail: preview,
      });
      expect(Buffer.from(source).includes("cropped away")).toBe(true);
      const kept = exifSegment(source, "keep") ?? bytes();
      expect(Buffer.from(kept).includes("cropped away")).toBe(false);
      expect(tagsOf(kept.subarray(4))).toEqual({
        main: { [ORIENTATION]: [1], [MAKE]: "Camera Works\0" },
        photo: { [0x9003]: "2026:11:20 12:00:00\0" },
        gps: { [0x0001]: "N\0" },
      });
    },
  );

  test("is nothing where only an orientation would be left", () => {
    const source = tiffOf("big", [entry.short(ORIENTATION, 6, "big")]);
    expect(exifSegment(source, "keep")).toBeUndefined();
  });

  test("is as long as a segment may be, and no longer", () => {
    const ofLength = (length: number) =>
      exifSegment(tiffOf("big", [entry.ascii(MAKE, "x".repeat(length))]), "keep");
    // Prefix, header, a directory of two, and the zero behind the text; all is even but the limit.
    const room = 65_532 - 6 - 8 - (2 + 2 * 12 + 4) - 1;
    expect(ofLength(room)?.length).toBe(2 + 2 + 65_532);
    expect(ofLength(room + 1)).toBeUndefined();
  });
});

describe("hostile blocks", () => {
  const header = (order: Order, firstDirectory: number) =>
    bytes(order === "little" ? "II" : "MM", u16(42, order), u32(firstDirectory, order));
  const raw = (tag: number, type: number, count: number, value: number) =>
    bytes(u16(tag), u16(type), u32(count), u32(value));
  const directory = (...entries: readonly Uint8Array[]) =>
    bytes(header("big", 8), u16(entries.length), ...entries, u32(8));

  test.each<readonly [string, Uint8Array]>([
    ["nothing", bytes()],
    ["zeros", new Uint8Array(1000)],
    ["a header alone", header("little", 8)],
    ["a first directory outside", bytes(header("little", 0xffff_fff0), new Uint8Array(40))],
    ["a first directory in the header", bytes(header("big", 0), new Uint8Array(40))],
    ["65535 entries that are not there", bytes(header("big", 8), u16(0xffff))],
    ["a text of 4 GiB", directory(raw(COPYRIGHT, 2, 0xffff_ffff, 8))],
    ["numbers of 32 GiB", directory(raw(COPYRIGHT, 12, 0xffff_ffff, 8))],
    ["a text outside", directory(raw(COPYRIGHT, 2, 100, 0xffff_ff00))],
    ["a text one byte too long", directory(raw(COPYRIGHT, 2, 27 - 8, 8))],
    ["a text of no type", directory(raw(COPYRIGHT, 0, 4, 0x41414141))],
    ["a text of no length", directory(raw(COPYRIGHT, 2, 0, 8))],
    [
      "directories that are their own parents",
      directory(raw(0x8769, 4, 1, 8), raw(0x8825, 4, 1, 8)),
    ],
    [
      "directories outside",
      directory(raw(0x8769, 4, 1, 0xffff_ffff), raw(0x8825, 4, 1, 0x7fff_ffff)),
    ],
    ["lists of directories", directory(raw(0x8769, 4, 0xffff_ffff, 8), raw(0x8825, 4, 2, 8))],
  ])("hold nothing to keep: %s", (_, block) => {
    expect(exifSegment(block, "copyright")).toBeUndefined();
    expect(exifSegment(block, "keep")).toBeUndefined();
  });

  test("what is sound beside a broken entry is kept", () => {
    const block = directory(raw(MAKE, 2, 0xffff_ffff, 8), raw(COPYRIGHT, 2, 4, 0x6d696e00));
    for (const keep of ["keep", "copyright"] as const) {
      const kept = exifSegment(block, keep) ?? bytes();
      expect(tagsOf(kept.subarray(4)).main).toMatchObject({ [COPYRIGHT]: "min\0" });
    }
  });

  test("entries that share one long value do not multiply it", () => {
    const tags = Array.from({ length: 5000 }, (_, index) => raw(0x829a + index, 7, 30_000, 8));
    const main = bytes(header("big", 8), u16(1), raw(0x8769, 4, 1, 26), u32(0));
    const block = bytes(main, u16(tags.length), ...tags, u32(0));
    expect(exifSegment(block, "keep")).toBeUndefined();
  });

  test("any bytes behind a header give a sound segment or none", () => {
    const block = fc.tuple(fc.constantFrom("II*\0", "MM\0*"), fc.uint8Array({ maxLength: 300 }));
    fc.assert(
      fc.property(block, ([magic, rest]) => {
        for (const keep of ["keep", "copyright"] as const) {
          const kept = exifSegment(bytes(magic, rest), keep);
          if (kept === undefined) continue;
          expect(kept.length).toBe(2 + (((kept[2] ?? 0) << 8) | (kept[3] ?? 0)));
          tagsOf(kept.subarray(4));
        }
      }),
    );
  });
});
