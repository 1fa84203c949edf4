import { err, ok, type Result } from "../../result.ts";
import { latin1At, viewOf } from "../bytes.ts";
import type { Orientation, PictureHeader } from "../header.ts";
import { corrupt, refuseSize, type NoAnswer } from "../probe-answer.ts";
import { pixelsOf, type Size } from "../size.ts";
import { fullBoxBytes, type Box } from "./boxes.ts";
import type { HeifItems } from "./items.ts";

/** What every image file of the family says of its picture, and how that is coded. */
export interface HeifPicture {
  readonly header: Pick<
    PictureHeader,
    "width" | "height" | "orientation" | "hasAlpha" | "hasIcc" | "partPixels" | "partHeight"
  >;
  /** The decoder's configuration: `av1C` or `hvcC`. A grid has none of its own: its tiles share one. */
  readonly configuration: Uint8Array;
  readonly own: readonly Box[];
}

/** Refuses every size over a limit, since a decoder allocates for tiles and alpha planes as well. */
export function readPicture(
  items: HeifItems,
  coding: { readonly box: string; readonly bytesMin: number; readonly title: string },
): Result<HeifPicture, NoAnswer> {
  const { properties } = items;
  const own = items.propertiesOf(items.primary);
  for (const { width, height } of properties.filter(isSize).map(sizeIn)) {
    const refusal = refuseSize(width, height);
    if (refusal) return err(refusal);
  }
  const size = readSize(own);
  if (!size) return err(corrupt(`The ${coding.title} does not say how large its picture is`));
  const isConfiguration = ({ type, payload }: Box) =>
    type === coding.box && payload.length >= coding.bytesMin;
  const ownConfiguration = own.find(isConfiguration);
  const configuration = ownConfiguration ?? properties.find(isConfiguration);
  if (!configuration) return err(corrupt(`The ${coding.title} says nothing of its coding`));
  return ok({
    header: {
      ...size,
      orientation: readOrientation(own),
      hasAlpha: properties.some(isAlphaMark),
      hasIcc: own.some(isIccProfile),
      ...(!ownConfiguration && partsOf(properties, own)),
    },
    configuration: configuration.payload,
    own,
  });
}

/** Upper bounds: of all sizes but the grid's own, since only references say which are its tiles. */
function partsOf(all: readonly Box[], own: readonly Box[]) {
  const others = all.filter((property) => isSize(property) && !own.includes(property));
  const sizes = (others.length > 0 ? others : own.filter(isSize)).map(sizeIn);
  return {
    partPixels: sizes.reduce((most, size) => Math.max(most, pixelsOf(size)), 0),
    partHeight: sizes.reduce((most, { height }) => Math.max(most, height), 0),
  };
}

/** An item's size by its properties. */
export function readSize(properties: readonly Box[]): Size | undefined {
  const found = properties.find(isSize);
  return found && sizeIn(found);
}

const isSize = ({ type, payload }: Box) => type === "ispe" && payload.length >= fullBoxBytes + 8;

const sizeIn = ({ payload }: Box): Size => ({
  width: viewOf(payload).getUint32(fullBoxBytes),
  height: viewOf(payload).getUint32(fullBoxBytes + 4),
});

const isAlphaMark = ({ type, payload }: Box) =>
  type === "auxC" &&
  /^urn:mpeg:(mpegB:cicp:systems:auxiliary:alpha|hevc:2015:auxid:1)\0/.test(
    latin1At(payload, fullBoxBytes, 64),
  );

const isIccProfile = ({ type, payload }: Box) =>
  type === "colr" && ["prof", "rICC"].includes(latin1At(payload, 0, 4));

/**
 * EXIF's name for "turn anticlockwise by `irot` quarters, then mirror by `imir`" (23008-12 §6.5.10,
 * §6.5.12; MIAF fixes that order). Readers ignore an orientation in the EXIF of these files.
 */
function readOrientation(own: readonly Box[]): Orientation {
  const quarters = (own.find(({ type }) => type === "irot")?.payload[0] ?? 0) & 3;
  const mirror = own.find(({ type }) => type === "imir")?.payload[0];
  const row = mirror === undefined ? turned : mirror & 1 ? leftRightMirrored : topBottomMirrored;
  return row[quarters] ?? 1;
}

const turned: readonly Orientation[] = [1, 8, 3, 6];
const topBottomMirrored: readonly Orientation[] = [4, 5, 2, 7];
const leftRightMirrored: readonly Orientation[] = [2, 7, 4, 5];
