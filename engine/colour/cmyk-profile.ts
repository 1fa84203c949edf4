import type { CmykTable } from "./cmyk-table.ts";
import { readLut, whitePoint, type Lut } from "./icc-lut.ts";
import { readIccProfile } from "./icc-profile.ts";
import { xyzToSrgb } from "./icc.ts";

/**
 * What the inks of a CMYK profile print, as sRGB: perceptually, so that all inks together are black and
 * bare paper is white. Undefined for a profile of other colours and for one that cannot be read. Never
 * throws.
 */
export function readCmykProfile(icc: Uint8Array): CmykTable | undefined {
  const profile = readIccProfile(icc);
  if (profile?.space !== "CMYK") return undefined;
  const tag = profile.tags.get(perceptual) ?? profile.tags.get(colorimetric);
  const lut = tag && readLut(tag, inkCount, profile.connectionSpace);
  return lut && tabulate(lut);
}

const perceptual = "A2B0";
const colorimetric = "A2B1";
const inkCount = 4;
/** As many as most profiles have themselves; the colours between follow sRGB's curve well enough. */
const side = 9;
/** Darker than L* 50, all inks together are what the profile means by black. */
const blackLuminanceMax = 0.184;

function tabulate(lut: Lut): CmykTable {
  const rgb = new Uint8Array(side ** inkCount * 3);
  const black = blackOf(lut);
  for (let colour = 0; colour * 3 < rgb.length; colour++) {
    const inks = Array.from(
      { length: inkCount },
      (_, ink) => (Math.floor(colour / side ** ink) % side) / (side - 1),
    );
    rgb.set(xyzToSrgb(stretch(lut(inks), black)), colour * 3);
  }
  return { side, rgb };
}

function blackOf(lut: Lut): readonly number[] {
  const printed = lut([1, 1, 1, 1]);
  const isDark = printed.every((value, k) => value < blackLuminanceMax * (whitePoint[k] ?? 0));
  return isDark ? printed : [0, 0, 0];
}

/** Black point compensation (ISO 18619): black maps to 0, and white stays. */
function stretch(xyz: readonly number[], black: readonly number[]): readonly number[] {
  return whitePoint.map((white, k) => {
    const lowest = black[k] ?? 0;
    return (white * ((xyz[k] ?? 0) - lowest)) / (white - lowest);
  });
}
