import fc from "fast-check";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { readCmykProfile } from "../../../engine/colour/cmyk-profile.ts";
import { jpegIccSegments, readJpegIcc } from "../../../engine/codecs/jpeg/syntax/icc.ts";
import { newRenderer } from "../renderer.ts";
import { samplePsnr } from "../../../bench/rgba-picture.ts";
import { jpegPixels, scene } from "../pixels/fixtures.ts";
import { writeCmykProfile, type ProfileForm } from "./cmyk-profile-fixture.ts";

const raw = { width: 120, height: 90, channels: 4 } as const;
const inks = sharp(scene(120, 90), { raw }).toColourspace("cmyk");
const untagged = await inks.clone().jpeg({ quality: 95 }).toBuffer();

/** The picture's inks, said to be those of that profile. */
const withProfile = (icc: Uint8Array): Uint8Array =>
  Buffer.concat([untagged.subarray(0, 2), jpegIccSegments(icc), untagged.subarray(2)]);

const sharpPixels = (file: Uint8Array): Promise<Buffer> =>
  sharp(file).toColourspace("srgb").ensureAlpha().raw().toBuffer();

const noBytes = new Uint8Array(0);

const forms: readonly ProfileForm[] = [
  { type: "mft1" },
  { type: "mft2" },
  { type: "mft2", sides: [5, 5, 5, 5] },
  { type: "mft2", connection: "XYZ " },
  { type: "mAB " },
  { type: "mAB ", precision: 1 },
  { type: "mAB ", withMatrix: true },
  { type: "mAB ", connection: "XYZ " },
  { type: "mft2", strength: 0.6 },
  { type: "mft2", strength: 0.1 },
];

describe("inks of a profile give the colours that libvips gives them", () => {
  test.each(forms)("%j", async (form) => {
    const icc = writeCmykProfile(form);
    const file = withProfile(icc);
    const theirs = await sharpPixels(file);
    expect(samplePsnr(jpegPixels(file).rgba, theirs)).toBeGreaterThan(40);
    expect(samplePsnr(jpegPixels(untagged).rgba, theirs)).toBeLessThan(30);
  });

  test("with libvips' own profile", async () => {
    const file = await inks.clone().withIccProfile("cmyk").jpeg({ quality: 95 }).toBuffer();
    expect(samplePsnr(jpegPixels(file).rgba, await sharpPixels(file))).toBeGreaterThan(40);
  });
});

describe("a render of inks", () => {
  const { renderOne } = newRenderer();
  const rendered = async (file: Uint8Array): Promise<Buffer> => {
    const { rendition } = await renderOne(file, { format: "png" });
    return sharpPixels(rendition.bytes);
  };

  test("goes by the profile in the file", async () => {
    const file = withProfile(writeCmykProfile({ type: "mft2" }));
    expect(samplePsnr(await rendered(file), await sharpPixels(file))).toBeGreaterThan(40);
  });

  test("does not go by a profile of other colours", async () => {
    const p3 = await sharp(scene(8, 8), { raw: { width: 8, height: 8, channels: 4 } })
      .removeAlpha()
      .withIccProfile("p3")
      .jpeg()
      .toBuffer();
    const file = withProfile(readJpegIcc(p3) ?? noBytes);
    expect(await rendered(file)).toEqual(await rendered(untagged));
  });
});

describe("what cannot be read is no table", () => {
  const readable = writeCmykProfile({ type: "mft2", sides: [3, 3, 3, 3] });

  test.each([
    ["no profile", noBytes],
    ["a profile of other colours", writeCmykProfile({ type: "mft2", space: "RGB " })],
    ["a profile from colours to inks", writeCmykProfile({ type: "mft2", tag: "B2A0" })],
    ["a grid of a single level", writeCmykProfile({ type: "mft2", sides: [1, 1, 1, 1] })],
    ["a grid without levels of black", writeCmykProfile({ type: "mAB ", sides: [9, 9, 9, 0] })],
    ["a table cut short", readable.subarray(0, -1)],
  ])("%s", (_, icc) => {
    expect(readCmykProfile(icc)).toBeUndefined();
  });

  test("a grid that promises more than there is", () => {
    const icc = readable.slice();
    icc[tableAt + 10] = 255;
    expect(readCmykProfile(icc)).toBeUndefined();
  });

  test.each([readable, writeCmykProfile({ type: "mAB ", sides: [3, 3, 3, 3], withMatrix: true })])(
    "and no bytes make it throw",
    (icc) => {
      // Most of a profile is its grid, and strange things happen in front of that.
      const head = fc.nat(tableAt + 600);
      const edits = fc.array(fc.tuple(head, fc.nat(255)), { maxLength: 12 });
      fc.assert(
        fc.property(edits, fc.nat(icc.length), fc.boolean(), (changes, length, isCut) => {
          const damaged = icc.slice(0, isCut ? length : icc.length);
          for (const [at, value] of changes) if (at < damaged.length) damaged[at] = value;
          expect(readCmykProfile(damaged)?.rgb.length ?? 0).toBeOneOf([0, 9 ** 4 * 3]);
        }),
        { numRuns: 200 },
      );
    },
  );
});

/** Header, two entries of the list of tags, and the white point precede it. */
const tableAt = 128 + 4 + 24 + 20;
