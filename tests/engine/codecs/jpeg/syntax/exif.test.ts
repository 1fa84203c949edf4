import { expect, test } from "vitest";
import { exifInJpeg } from "../../../../../engine/codecs/jpeg/syntax/exif.ts";
import { bytes, jpeg, segment } from "../../../../core/image/made-headers.ts";

test("EXIF blocks are the APP1 segments with its prefix", () => {
  const exif = bytes("Exif\0\0", "MM");
  const file = jpeg(
    segment(0xe1, bytes("http://ns.adobe.com/xap/1.0/\0")),
    segment(0xe0, bytes("Exif\0\0", "II")),
    segment(0xe1, exif),
  );
  expect([...exifInJpeg(file)]).toEqual([exif]);
});
