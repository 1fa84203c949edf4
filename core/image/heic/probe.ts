import { readItems } from "../heif/items.ts";
import { readPicture } from "../heif/picture.ts";
import { image, unsupported, type HeaderAnswer } from "../probe-answer.ts";

/** Reads the properties of the primary item, coded as HEVC (ISO/IEC 23008-12 Annex B). */
export function probeHeic(head: Uint8Array): HeaderAnswer {
  const items = readItems(head, "HEIC");
  if (!items.ok) return items.error;
  const picture = readPicture(items.value, { box: "hvcC", bytesMin: 19, title: "HEIC" });
  if (!picture.ok) return picture.error;
  const { header, configuration } = picture.value;
  if (header.hasAlpha) return unsupported("a HEIC picture with an alpha plane");
  // ISO/IEC 14496-15 §8.3.3.1.
  const chroma = (configuration[16] ?? 0) & 3;
  return image({
    ...header,
    frames: 1,
    bitDepth: 8 + ((configuration[17] ?? 0) & 7),
    progressive: false,
    colour: chroma === 0 ? "grey" : "rgb",
    lossless: false,
    samplesPerPixel: [1, 1.5, 2, 3][chroma] ?? 0,
  });
}
