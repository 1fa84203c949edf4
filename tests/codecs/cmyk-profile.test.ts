import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { readCmykProfile } from "../../engine/codecs/cmyk-profile.ts";
import { defaultCmykTable } from "../../engine/codecs/cmyk-table.ts";
import { jpegIccSegments, readJpegIcc } from "../../engine/codecs/jpeg-icc.ts";
import { newJpegDecoder, psnr, read, scene } from "../kernels/fixtures.ts";
import { writeCmykProfile, type ProfileForm } from "./cmyk-profile-fixture.ts";

const raw = { width: 120, height: 90, channels: 4 } as const;
const inks = sharp(scene(120, 90), { raw }).toColourspace("cmyk");
const untagged = await inks.clone().jpeg({ quality: 95 }).toBuffer();

/** The picture's inks, said to be those of that profile. */
const withProfile = (icc: Uint8Array): Uint8Array =>
  Buffer.concat([untagged.subarray(0, 2), jpegIccSegments(icc), untagged.subarray(2)]);

function decode(file: Uint8Array, table = defaultCmykTable): Uint8Array {
  const decoded = newJpegDecoder().decode(file, 8, table);
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.error));
  return read(decoded.value.workspace, decoded.value.bitmap);
}

const sharpPixels = (file: Uint8Array): Promise<Buffer> =>
  sharp(file).toColourspace("srgb").ensureAlpha().raw().toBuffer();

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
    console.log(
      JSON.stringify(form),
      psnr(decode(file, readCmykProfile(icc)), theirs),
      psnr(decode(file), theirs),
    );
    expect(psnr(decode(file, readCmykProfile(icc)), theirs)).toBeGreaterThan(40);
    expect(psnr(decode(file), theirs)).toBeLessThan(30);
  });

  test("with libvips' own profile", async () => {
    const file = await inks.clone().withIccProfile("cmyk").jpeg({ quality: 95 }).toBuffer();
    const table = readCmykProfile(readJpegIcc(file) ?? new Uint8Array(0));
    expect(psnr(decode(file, table), await sharpPixels(file))).toBeGreaterThan(40);
  });
});
