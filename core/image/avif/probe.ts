import { latin1At, viewOf } from "../bytes.ts";
import { fullBoxBytes, type Box } from "../heif/boxes.ts";
import { readItems } from "../heif/items.ts";
import { readPicture } from "../heif/picture.ts";
import { corrupt, image, type HeaderAnswer } from "../probe-answer.ts";
import { hasKnownMatrix } from "../heif/colour.ts";

/** Reads the properties of the primary item (AV1 Image File Format §2). */
export function probeAvif(head: Uint8Array): HeaderAnswer {
  const items = readItems(head, "AVIF");
  if (!items.ok) return items.error;
  const picture = readPicture(items.value, { box: "av1C", bytesMin: 4, title: "AVIF" });
  if (!picture.ok) return picture.error;
  const { described, primary, typeOf } = items.value;
  const handler = described.find(({ type }) => type === "hdlr")?.payload;
  if (!handler || latin1At(handler, fullBoxBytes + 4, 4) !== "pict") {
    return corrupt("The AVIF does not say that it holds pictures");
  }
  if (!pictureTypes.has(typeOf(primary))) {
    return corrupt("The AVIF's picture is neither coded as AV1 nor a grid");
  }
  const { header, configuration, own } = picture.value;
  const coding = configuration[2] ?? 0;
  const isGrey = (coding & monochromeFlag) !== 0;
  return image({
    ...header,
    frames: latin1At(head, 8, 4) === "avis" ? 0 : 1,
    bitDepth: coding & highBitDepthFlag ? (coding & twelveBitFlag ? 12 : 10) : 8,
    progressive: own.some(({ type }) => layerProperties.has(type)),
    colour: isGrey ? "grey" : "rgb",
    lossless: false,
    samplesPerPixel: isGrey ? 1 : own.every(hasKnownColour) ? sampling(coding) : 0,
  });
}

const pictureTypes: ReadonlySet<string | undefined> = new Set(["av01", "grid"]);

const highBitDepthFlag = 0x40;
const twelveBitFlag = 0x20;
const monochromeFlag = 0x10;
const halvedAcrossFlag = 0x08;
const halvedDownFlag = 0x04;

function sampling(coding: number): number {
  if (!(coding & halvedAcrossFlag)) return 3;
  return coding & halvedDownFlag ? 1.5 : 2;
}

/** Pictures in several layers, from coarse to fine (AVIF §2.3). */
const layerProperties = new Set(["a1op", "lsel", "a1lx"]);

const hasKnownColour = ({ type, payload }: Box) =>
  type !== "colr" ||
  latin1At(payload, 0, 4) !== "nclx" ||
  payload.length < 11 ||
  hasKnownMatrix(viewOf(payload).getUint16(8));
