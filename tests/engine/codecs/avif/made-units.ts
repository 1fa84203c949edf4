import { bytes } from "../../../core/image/made-headers.ts";

/** A field of so many bits. */
export type Field = readonly [value: number, bits: number];
export const pack = (fields: readonly Field[]): Uint8Array => {
  const all = fields.map(([value, bits]) => value.toString(2).padStart(bits, "0")).join("");
  const padded = all.padEnd(Math.ceil(all.length / 8) * 8, "0");
  return Uint8Array.from(padded.match(/.{8}/g) ?? [], (byte) => parseInt(byte, 2));
};
export const flag = (value: boolean): Field => [Number(value), 1];

export interface Header {
  readonly profile?: number;
  readonly reduced?: boolean;
  /** Instead of the one operating point without anything special. */
  readonly points?: readonly Field[];
  readonly frameIds?: boolean;
  readonly tools?: readonly Field[];
  readonly width?: Field;
  readonly height?: Field;
  readonly colour?: readonly Field[];
}

export const onePoint: readonly Field[] = [flag(false), flag(false), [0, 5], [0, 12], [3, 5]];
const plainTools: readonly Field[] = [[0, 4], flag(false), flag(true), flag(true)];
/** Eight bits, not grey, no description of the colours, full range. */
const plainColour: readonly Field[] = [flag(false), flag(false), flag(false), flag(true)];

/** A sequence header (AV1 §5.5.1). Each side is stored less one, behind the number of its bits. */
export function sequenceHeader(own: Header = {}): readonly Field[] {
  const { profile = 0, reduced = false, points = onePoint, frameIds = false } = own;
  const { width = [99, 7], height = [69, 9], tools = plainTools, colour = plainColour } = own;
  return [
    ...([[profile, 3], flag(true), flag(reduced)] as const),
    ...(reduced ? [[5, 5] as const] : points),
    ...([[width[1] - 1, 4], [height[1] - 1, 4], width, height] as const),
    ...(reduced ? [] : [flag(frameIds), ...(frameIds ? [[127, 7] as const] : [])]),
    [7, 3],
    ...(reduced ? [] : tools),
    [7, 3],
    ...colour,
  ];
}

/** An open bitstream unit (§5.3) with its length. */
export const unit = (type: number, payload: Uint8Array) =>
  bytes((type << 3) | 2, payload.length, payload);
export const [sequenceType, frameHeaderType, tilesType, metadataType, frameType] = [1, 3, 4, 5, 6];
export const frame = unit(frameType, bytes(1, 2, 3));
export const headerUnit = (own: Header = {}) =>
  unit(sequenceType, bytes(pack(sequenceHeader(own)), 0x80));
