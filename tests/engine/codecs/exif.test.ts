import fc from "fast-check";
import sharp, { type Sharp } from "sharp";
import { describe, expect, test } from "vitest";
import { withoutPrefix } from "../../../core/image/exif/orientation.ts";
import { limits } from "../../../core/limits.ts";
import { exifSegment, firstExif } from "../../../engine/codecs/exif.ts";
import { exifInJpeg } from "../../../engine/codecs/jpeg/syntax/exif.ts";
import { exifInPng } from "../../../engine/codecs/png/exif.ts";
import { exifInWebp } from "../../../engine/codecs/webp/exif.ts";
import { bytes, jpeg, pngChunk, repeated, segment, u32 } from "../../core/image/made-headers.ts";
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

  test("takes one that is as long as the limit", () => {
    const empty = tiffOf("big", [entry.ascii(COPYRIGHT, "")]);
    const whole = new Uint8Array(limits.metadataBytesMax + 1);
    whole.set(empty);
    expect(firstExif([whole, whole.subarray(0, -1)])).toEqual(whole.subarray(0, -1));
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
        expect(() => {
          const block = readExif(damaged, format);
          if (block === undefined) return;
          for (const keep of ["keep", "copyright"] as const) exifSegment(block, keep);
        }).not.toThrow();
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
      entry.ascii(ARTIST, "you"),
      entry.ascii(MAKE, "Camera Works"),
      entry.ascii(COPYRIGHT, "all of us"),
    ]);
    const kept = exifSegment(source, "copyright");
    const wanted = [entry.ascii(ARTIST, "you"), entry.ascii(COPYRIGHT, "all of us")];
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

  test.each<Order>(["little", "big"])(
    "writes entries in the order of their tags, %s-endian",
    (order) => {
      const [make, copyright] = [entry.ascii(MAKE, "me"), entry.ascii(COPYRIGHT, "us")];
      const kept = exifSegment(tiffOf(order, [make, copyright]), "keep");
      const wanted = tiffOf(order, [make, entry.short(ORIENTATION, 1, order), copyright]);
      expect(kept).toEqual(segment(0xe1, bytes("Exif\0\0", wanted)));
    },
  );

  test("keeps every tag that describes the picture, as the standard and Windows have them", () => {
    const tags = [
      ...[0x010e, 0x010f, 0x0110, 0x011a, 0x011b, 0x0128, 0x0131, 0x0132, 0x013b, 0x013c],
      ...[0x4746, 0x4749, 0x8298, 0x9c9b, 0x9c9c, 0x9c9d, 0x9c9e, 0x9c9f],
    ];
    const source = tiffOf(
      "big",
      tags.map((tag) => entry.undefined(tag, "abc")),
    );
    const { main } = tagsOf((exifSegment(source, "keep") ?? bytes()).subarray(4));
    expect(Object.keys(main).map(Number)).toEqual(
      [...tags, ORIENTATION].toSorted((left, right) => left - right),
    );
  });

  test("keeps tags of the photograph and its place by the standard's numbers, though there is nothing else", () => {
    const about = (tags: readonly number[]) => tags.map((tag) => entry.undefined(tag, "abc"));
    const source = exifOf("big", {
      main: [],
      photo: about([0x8299, 0x829a, 0xa500, 0xa501]),
      gps: about([0x0000, 0x001f, 0x0020]),
      thumbnail: "",
    });
    const { main, photo, gps } = tagsOf((exifSegment(source, "keep") ?? bytes()).subarray(4));
    expect(main).toEqual({ [ORIENTATION]: [1] });
    expect(Object.keys(photo ?? {}).map(Number)).toEqual([0x829a, 0xa500]);
    expect(Object.keys(gps ?? {}).map(Number)).toEqual([0x0000, 0x001f]);
  });

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
