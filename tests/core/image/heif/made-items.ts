import { box, bytes, ftyp, ispe, u16, u32 } from "../made-headers.ts";

/** An image file of the HEIF family, in one of the two widths that its boxes may have. */
export interface MadeItems {
  readonly brand?: string;
  readonly item?: string;
  readonly properties: readonly Uint8Array[];
  /** Numbers of the primary item's properties, from 1; absent: all. */
  readonly own?: readonly number[];
  /** Item numbers of 32 bits, property numbers of 15. */
  readonly isWide?: boolean;
  /** Boxes between those that are read. */
  readonly others?: readonly Uint8Array[];
}

const primary = 1;

export function heif({
  brand = "avif",
  item = "av01",
  properties,
  own = properties.map((_, index) => index + 1),
  isWide = false,
  others = [],
}: MadeItems): Uint8Array {
  const number = (value: number) => (isWide ? u32(value) : u16(value));
  const indexes = own.map((index) => (isWide ? u16(0x8000 | index) : bytes(0x80 | index)));
  const ipma = box(
    "ipma",
    ...[isWide ? 1 : 0, 0, 0, isWide ? 1 : 0],
    ...[u32(1), number(primary), own.length, ...indexes],
  );
  const infe = box("infe", isWide ? 3 : 2, 0, 0, 0, number(primary), u16(0), item, 0);
  return bytes(
    ftyp(brand, "mif1"),
    box(
      "meta",
      u32(0),
      box("hdlr", u32(0), u32(0), "pict", new Uint8Array(13)),
      ...others,
      box("pitm", isWide ? 1 : 0, 0, 0, 0, number(primary)),
      box("iinf", isWide ? 1 : 0, 0, 0, 0, number(1), infe),
      box("iprp", box("ipco", ...properties), ipma),
    ),
  );
}

export const size = ispe(24, 16);
/** AV1: the flags of its third byte. */
export const av1 = (coding: number) => box("av1C", 0x81, 0, coding, 0);
/** HEVC: chroma's format and bits of luma beyond 8. */
export const hevc = (chroma: number, moreBits = 0) =>
  box("hvcC", new Uint8Array(16), 0xfc | chroma, 0xf8 | moreBits, 0, 0, 0, 0, 0);
