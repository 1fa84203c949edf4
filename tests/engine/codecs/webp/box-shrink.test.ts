import sharp from "sharp";
import { expect, test } from "vitest";
import { boxShrink } from "../../../../engine/codecs/webp/box-shrink.ts";
import { scene } from "../../pixels/fixtures.ts";
import { decoded, newPngDecoder, newWebpDecoder } from "../codecs.ts";

const [width, height] = [61, 43];

test.each([
  [2, false],
  [3, true],
  [7, true],
  [16, true],
])("A box of %i gives what the PNG decoder gives (alpha %s)", async (shrink, alpha) => {
  const rgba = scene(width, height, alpha);
  const picture = sharp(rgba, { raw: { width, height, channels: 4 } });
  const theirs = decoded(newPngDecoder(), await picture.png().toBuffer(), { shrink });
  const ours = new Uint8Array(theirs.rgba.length);
  boxShrink({ width, height, rgba }, shrink, ours);
  const worst = ours.reduce((most, value, at) => {
    const isSeen = (ours[at | 3] ?? 0) > 0;
    return isSeen ? Math.max(most, Math.abs(value - (theirs.rgba[at] ?? 0))) : most;
  }, 0);
  expect(worst).toBeLessThanOrEqual(1);
});

test("A WebP is made as small as its caller wants it", async () => {
  const picture = sharp(scene(width, height), { raw: { width, height, channels: 4 } });
  const webp = await picture.webp({ lossless: true }).toBuffer();
  const whole = decoded(newWebpDecoder(), webp);
  const small = decoded(newWebpDecoder(), webp, { shrink: 3 });
  const expected = new Uint8Array(21 * 15 * 4);
  boxShrink(whole, 3, expected);
  expect(small).toMatchObject({ width: 21, height: 15, rgba: expected });
});
