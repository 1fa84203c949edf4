import { box, bytes, ftyp, u16, u32 } from "../../../core/image/made-headers.ts";

export interface HeifItem {
  readonly id: number;
  readonly type: string;
  /** Undefined where its data is not in the file. */
  readonly data?: Uint8Array;
  /** Of the list, from 1. */
  readonly properties: readonly number[];
}

/** A file of these items, the first of which is the one to show. Its data lie before what describes them. */
export function heifFile(
  items: readonly HeifItem[],
  properties: readonly Uint8Array[],
  references: readonly Uint8Array[] = [],
): Uint8Array {
  const head = ftyp("avif", "mif1");
  let at = head.length + 8;
  const locations = items.map(({ id, data }) => {
    const start = data ? at : 0xffff;
    at += data?.length ?? 0;
    return bytes(u16(id), u16(0), u16(1), u32(start), u32(data?.length ?? 1));
  });
  const entries = items.map(({ id, type }) => box("infe", 2, 0, 0, 0, u16(id), u16(0), type, 0));
  const associations = items.map(({ id, properties: own }) => bytes(u16(id), own.length, ...own));
  const meta = [
    box("hdlr", u32(0), u32(0), "pict", new Uint8Array(13)),
    box("pitm", u32(0), u16(items[0]?.id ?? 0)),
    box("iloc", u32(0), u16(0x4400), u16(items.length), ...locations),
    box("iinf", u32(0), u16(items.length), ...entries),
    ...references,
    box(
      "iprp",
      box("ipco", ...properties),
      box("ipma", u32(0), u32(items.length), ...associations),
    ),
  ];
  return bytes(
    head,
    box("mdat", ...items.flatMap(({ data }) => data ?? [])),
    box("meta", u32(0), ...meta),
  );
}
