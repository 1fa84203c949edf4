import fc from "fast-check";
import sharp from "sharp";
import { expect, test } from "vitest";
import { readStill } from "../../../../engine/codecs/avif/obu.ts";
import { scene } from "../../pixels/fixtures.ts";

test("any bytes are read without an exception, and no more of them than there are", async () => {
  const raw = { width: 100, height: 70, channels: 4 } as const;
  const file = await sharp(scene(100, 70), { raw }).removeAlpha().avif({ effort: 0 }).toBuffer();
  const data = new Uint8Array(file.subarray(file.indexOf("mdat") + 4));
  const damage = fc.array(fc.tuple(fc.nat({ max: 60 }), fc.nat({ max: 255 })), { maxLength: 6 });
  fc.assert(
    fc.property(damage, fc.nat({ max: data.length }), (changes, length) => {
      const damaged = data.slice(0, length);
      for (const [at, byte] of changes) if (at < length) damaged[at] = byte;
      const still = readStill(damaged);
      expect(still?.frame.length ?? 0).toBeLessThanOrEqual(length);
    }),
    { numRuns: 2000 },
  );
});
