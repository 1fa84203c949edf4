import fc from "fast-check";
import sharp from "sharp";
import { expect, test } from "vitest";
import { limits } from "../../../../core/limits.ts";
import type { JpegScale } from "../../../../engine/codecs/jpeg/scale.ts";
import {
  decodeJpeg,
  jpegPixels,
  newJpegDecoder,
  scene,
  storedPixels,
} from "../../pixels/fixtures.ts";
import { predictedBytes } from "./predicted-bytes.ts";

const scales: readonly JpegScale[] = [1, 2, 4, 8];
const makeJpeg = (progressive: boolean) =>
  sharp(scene(80, 60), { raw: { width: 80, height: 60, channels: 4 } })
    .removeAlpha()
    .jpeg({ progressive, quality: 85 })
    .toBuffer();

test("no mutation throws, and the next picture is unharmed", async () => {
  const good = await makeJpeg(false);
  const progressive = await makeJpeg(true);
  const decoder = newJpegDecoder();
  const expected = jpegPixels(good).rgba;
  fc.assert(
    fc.property(
      fc.boolean(),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 12 }),
      fc.constantFrom(...scales),
      (isProgressive, changes, scale) => {
        const file = Uint8Array.from(isProgressive ? progressive : good);
        for (const [at, byte] of changes) file[at % file.length] = byte;
        // A header may now promise a huge picture, which the plan would have refused.
        const predicted = predictedBytes(file, scale);
        if (predicted === 0 || predicted > limits.wasmBytesMax) return;
        const mutated = decodeJpeg(file, 8 / scale, decoder);
        if (mutated.ok && mutated.value.samples === "pixels") {
          mutated.value.workspace.free(mutated.value.bitmap.pointer);
        }
        const next = decodeJpeg(good, 1, decoder);
        if (!next.ok) throw new Error("the good picture was refused");
        expect(storedPixels(next.value).rgba).toEqual(expected);
      },
    ),
    { numRuns: 300 },
  );
});
