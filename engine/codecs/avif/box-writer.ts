import { concatenate, viewOf } from "../../../core/image/bytes.ts";

/** A box of these parts (ISO/IEC 14496-12 §4.2). */
export function makeBox(type: string, ...parts: readonly Uint8Array[]): Uint8Array {
  const box = concatenate([new Uint8Array(4), latin1(type), ...parts]);
  viewOf(box).setUint32(0, box.length);
  return box;
}

/** A box that begins with a version and flags (§4.2). */
export const makeFullBox = (
  type: string,
  version: number,
  flags: number,
  ...parts: readonly Uint8Array[]
): Uint8Array => makeBox(type, u32(version * 2 ** 24 + flags), ...parts);

export function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

export const u8 = (...values: readonly number[]): Uint8Array => Uint8Array.from(values);

export function u16(...values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(2 * values.length);
  for (const [index, value] of values.entries()) viewOf(bytes).setUint16(2 * index, value);
  return bytes;
}

export function u32(...values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 * values.length);
  for (const [index, value] of values.entries()) viewOf(bytes).setUint32(4 * index, value);
  return bytes;
}
