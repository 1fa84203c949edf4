import sharp from "sharp";
import { expect, test } from "vitest";
import { JpegReader } from "../../../../../engine/codecs/jpeg/syntax/header.ts";
import { divisors, zigzag } from "../../../../../engine/codecs/jpeg/syntax/tables.ts";

test("a quality means the divisors that it means to libjpeg", async () => {
  for (const quality of [1, 2, 25, 49, 50, 51, 75, 90, 99, 100]) {
    const picture = sharp({ create: { width: 8, height: 8, channels: 3, background: "#333" } });
    const reader = new JpegReader(await picture.jpeg({ quality }).toBuffer());
    reader.nextScan(2);
    const { luminance, chrominance } = divisors(quality);
    const inZigzag = (table: Uint8Array) => Uint16Array.from(zigzag, (at) => table[at] ?? 0);
    expect(reader.divisorsOf(0), `${quality}`).toEqual(inZigzag(luminance));
    expect(reader.divisorsOf(1), `${quality}`).toEqual(inZigzag(chrominance));
  }
});
