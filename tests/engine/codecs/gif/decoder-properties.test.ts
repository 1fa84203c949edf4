import fc from "fast-check";
import sharp from "sharp";
import { expect, test } from "vitest";
import { scene } from "../../pixels/fixtures.ts";
import { newGifDecoder, outcome } from "../codecs.ts";

const decoder = newGifDecoder();

test("a GIF is answered, whatever its bytes", async () => {
  const raw = { width: 40, height: 30, channels: 4 } as const;
  const source = new Uint8Array(await sharp(scene(40, 30), { raw }).gif().toBuffer());
  const edits = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(edits, (changes) => {
      const damaged = source.slice();
      // Sides beyond 255 are the limits' business.
      for (const [at, value] of changes) damaged[10 + (at % (source.length - 10))] = value;
      expect(outcome(decoder, damaged)).not.toBe("render_crashed");
    }),
    { numRuns: 1000 },
  );
});
