import sharp from "sharp";
import { beforeAll, describe, expect, test } from "vitest";
import { probe } from "../../../../core/image/probe.ts";
import { readIcc } from "../../../../engine/codecs/avif/container.ts";
import { withAvifIcc } from "../../../../engine/codecs/avif/icc.ts";
import { encode as encodeWith, newAvifEncoder } from "../codecs.ts";

const encoder = newAvifEncoder();
let icc: Uint8Array;

beforeAll(async () => {
  const blank = sharp({ create: { width: 8, height: 8, channels: 3, background: "red" } });
  const file = await blank.withIccProfile("p3").png().toBuffer();
  icc = new Uint8Array((await sharp(file).metadata()).icc ?? []);
});

function encode(width: number, height: number, hasAlpha: boolean): Uint8Array {
  const rgba = new Uint8Array(width * height * 4);
  for (let at = 0; at < rgba.length; at += 4) {
    rgba.set([at % 251, (at * 7) % 241, 90, hasAlpha ? at % 256 : 255], at);
  }
  const encoded = encodeWith(encoder, { width, height, rgba }, { quality: 60 });
  if (!encoded.ok) throw new Error(JSON.stringify(encoded.error));
  return encoded.value;
}

/** Without conversion from the profile, so that only the container differs. */
const pixelsOf = (file: Uint8Array) => sharp(file).keepIccProfile().ensureAlpha().raw().toBuffer();

describe("withAvifIcc", () => {
  test.each([
    { width: 40, height: 30, hasAlpha: false },
    { width: 41, height: 33, hasAlpha: true },
    { width: 1, height: 1, hasAlpha: false },
    { width: 300, height: 200, hasAlpha: true },
  ])("adds a profile and changes no pixel: %j", async ({ width, height, hasAlpha }) => {
    const plain = encode(width, height, hasAlpha);
    const profiled = withAvifIcc(plain, icc);
    const metadata = await sharp(profiled).metadata();
    expect(metadata).toMatchObject({ format: "heif", width, height, hasAlpha });
    expect(metadata.icc).toEqual(Buffer.from(icc));
    expect(await pixelsOf(profiled)).toEqual(await pixelsOf(plain));
  });

  test("is read by this project's own probe and decoder", () => {
    const plain = encode(40, 30, true);
    const profiled = withAvifIcc(plain, icc);
    expect(readIcc(profiled)).toEqual(icc);
    const before = probe(plain, true);
    if (before.kind !== "image") throw new Error(before.kind);
    const info = { ...before.info, hasIcc: true };
    expect(probe(profiled, true)).toEqual({ kind: "image", info });
  });

  test("takes a profile of any length", () => {
    for (const length of [128, 131, 70_000]) {
      const profile = new Uint8Array(length).map((_, at) => at % 255);
      const profiled = withAvifIcc(encode(16, 16, false), profile);
      expect(readIcc(profiled)).toEqual(profile);
    }
  });

  test("leaves the file it was given as it was", () => {
    const plain = encode(16, 16, true);
    const before = plain.slice();
    withAvifIcc(plain, icc);
    expect(plain).toEqual(before);
  });

  test("throws at what the encoder does not write", async () => {
    const blank = sharp({ create: { width: 16, height: 16, channels: 3, background: "red" } });
    const own = encode(16, 16, false);
    const renamed = own.slice();
    renamed.set(Buffer.from("free"), Buffer.from(own).indexOf("mdat"));
    const files = {
      "no bytes": new Uint8Array(0),
      "no boxes": new Uint8Array(Buffer.from("hello, world")),
      "a file cut short": own.subarray(0, own.length - 1),
      "no pixels": renamed,
      "another encoder's layout": new Uint8Array(await blank.avif().toBuffer()),
    };
    for (const [name, file] of Object.entries(files)) {
      expect(() => withAvifIcc(file, icc), name).toThrow("not an AVIF as the encoder writes it");
    }
  });
});
