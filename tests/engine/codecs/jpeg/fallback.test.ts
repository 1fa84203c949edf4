import decodeFallback, { init as initFallback } from "@jsquash/jpeg/decode.js";
import sharp from "sharp";
import { beforeAll, expect, test } from "vitest";
import { compile } from "../../../../engine/modules-node.ts";
import { infoOf } from "../codecs.ts";
import { samplePsnr } from "../../../../bench/rgba-picture.ts";
import { decodeRequest, newJpegDecoder, read, scene } from "../../pixels/fixtures.ts";

/** What would take the JPEG decoder's place if its package could no longer be used. */
beforeAll(async () => {
  // The package speaks of ImageData, which Node lacks.
  Object.assign(globalThis, {
    ImageData: function (data: Uint8ClampedArray, width: number, height: number) {
      return { data, width, height };
    },
  });
  await initFallback(await compile("@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm"));
});

test.each([
  { width: 64, height: 48, progressive: false },
  { width: 65, height: 47, progressive: false },
  { width: 64, height: 48, progressive: true },
])("the fallback decoder sees the same picture: %j", async ({ width, height, progressive }) => {
  const raw = { width, height, channels: 4 } as const;
  const file = await sharp(scene(width, height), { raw }).jpeg({ progressive }).toBuffer();
  const decoded = newJpegDecoder().decode(
    file,
    decodeRequest(raw, { asPixels: true }),
    infoOf("jpeg", width, height),
  );
  if (!decoded.ok || decoded.value.samples !== "pixels") throw new Error("no pixels");
  const ours = read(decoded.value.workspace, decoded.value.bitmap);
  const theirs = await decodeFallback(Uint8Array.from(file).buffer);
  expect(samplePsnr(ours, new Uint8Array(theirs.data))).toBeGreaterThan(50);
});
