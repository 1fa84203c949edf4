/** A lossless stream (RFC 9649, §3), of a picture or of the alpha of a lossy one, which has no header. */
import { CORRUPT, OK, TRUNCATED } from "../status";
import { isPastEnd, openBits, readBits } from "./bit-reader";
import { isGreenOnly, readCodes, readPicture } from "./entropy-image";
import { codedWidth, isGreenEnough, readTransforms, restoreRow } from "./transforms";

export let width: u32 = 0;
export let height: u32 = 0;

let isGreen: bool = false;

const SIGNATURE: u32 = 0x2f;

/** Decodes all values of a picture; its transforms are undone row by row. */
export function openStream(at: usize, length: usize): i32 {
  openBits(at, length);
  if (readBits(8) != SIGNATURE) return CORRUPT;
  const across = readBits(14) + 1;
  const down = readBits(14) + 1;
  // Whether alpha is used, which the container knows.
  readBits(1);
  if (readBits(3) != 0) return CORRUPT;
  return readStream(across, down, false);
}

/** The same for an alpha plane, whose values are greens. */
export function openAlphaStream(at: usize, length: usize, across: u32, down: u32): i32 {
  openBits(at, length);
  return readStream(across, down, true);
}

function readStream(across: u32, down: u32, isAlpha: bool): i32 {
  width = across;
  height = down;
  let status = readTransforms(width, height);
  if (status == OK) status = readCodes(codedWidth, height);
  if (status != OK) return status;
  if (isPastEnd()) return TRUNCATED;
  isGreen = isAlpha && isGreenEnough() && isGreenOnly();
  return readPicture(codedWidth, height, isGreen);
}

/** Row `y` as 32-bit values; each row once, in order. */
export function rowOf(y: u32): usize {
  return restoreRow(y, isGreen);
}
