import { expect, test } from "vitest";
import { writeGridFile } from "../../../../engine/codecs/avif/grid-file.ts";
import { box, bytes, ftyp, ispe, u16, u32 } from "../../../core/image/made-headers.ts";

const shape = { columns: 2, rows: 1, tile: { width: 64, height: 66 }, halvesChroma: true };
const picture = { width: 100, height: 66 };
const tile = (name: string) => ({
  ...{ configuration: bytes("coding"), colour: bytes(name), colours: undefined, alpha: undefined },
});
const infe = (id: number, hidden: number, type: string) =>
  box("infe", 2, 0, 0, hidden, u16(id), u16(0), type, 0);
/** An item's place: in `mdat` (0) or in `idat` (1). */
const place = (id: number, container: number, start: number, length: number) =>
  bytes(u16(id), u16(container), u16(0), u16(1), u32(start), u32(length));
const gridData = bytes(0, 1, 0, 1, u32(100), u32(66));
const handler = box("hdlr", u32(0), u32(0), "pict", new Uint8Array(13));
const head = ftyp("avif", "avif", "mif1", "miaf");
const associated = (id: number, ...properties: readonly number[]) =>
  bytes(u16(id), properties.length, ...properties);

/** `locations` are told where the data begin. */
function expectedFile(
  locations: (start: number) => readonly Uint8Array[],
  between: readonly Uint8Array[],
  data: Uint8Array,
): Uint8Array {
  const meta = (start: number) => {
    const places = locations(start);
    return box(
      ...["meta", u32(0), handler, box("pitm", u32(0), u16(1))],
      box("iloc", 1, 0, 0, 0, u16(0x4400), u16(places.length), ...places),
      ...between,
    );
  };
  const start = head.length + meta(0).length + 8;
  return bytes(head, meta(start), box("mdat", data));
}

test("a grid's file is written as ISO/IEC 23008-12 has it", () => {
  const file = writeGridFile(shape, picture, [tile("one"), tile("second")], undefined);
  const coding = box("av1C", "coding");
  const depth = box("pixi", u32(0), 3, 8, 8, 8);
  const between = [
    box("iinf", u32(0), u16(3), infe(1, 0, "grid"), infe(2, 1, "av01"), infe(3, 1, "av01")),
    box("iref", u32(0), box("dimg", u16(1), u16(2), u16(2), u16(3))),
    box(
      "iprp",
      box("ipco", ispe(100, 66), ispe(64, 66), coding, depth),
      box(
        "ipma",
        u32(0),
        u32(3),
        associated(1, 1, 4),
        associated(2, 2, 4, 0x83),
        associated(3, 2, 4, 0x83),
      ),
    ),
    box("idat", gridData),
  ];
  const locations = (start: number) => [
    place(1, 1, 0, gridData.length),
    place(2, 0, start, 3),
    place(3, 0, start + 3, 6),
  ];
  expect(file).toEqual(expectedFile(locations, between, bytes("onesecond")));
});

test("with alpha a second grid refers to the first, and colours belong to the first alone", () => {
  const alpha = (name: string) => ({ configuration: bytes("opacity"), data: bytes(name) });
  const own = (name: string) => ({
    ...tile(name),
    colours: bytes("nclx"),
    alpha: alpha(`${name}!`),
  });
  const file = writeGridFile(shape, picture, [own("a"), own("b")], bytes("icc"));
  const kind = "urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0";
  const properties = [
    ...[ispe(100, 66), ispe(64, 66), box("av1C", "coding"), box("pixi", u32(0), 3, 8, 8, 8)],
    ...[box("colr", "nclx"), box("colr", "prof", "icc")],
    ...[box("av1C", "opacity"), box("pixi", u32(0), 1, 8), box("auxC", u32(0), kind)],
  ];
  const entries = [1, 2, 3, 4, 5, 6].map((id) =>
    infe(id, Number(id > 1), id % 3 === 1 ? "grid" : "av01"),
  );
  const between = [
    box("iinf", u32(0), u16(6), ...entries),
    box(
      ...["iref", u32(0), box("dimg", u16(1), u16(2), u16(2), u16(3))],
      ...[box("dimg", u16(4), u16(2), u16(5), u16(6)), box("auxl", u16(4), u16(1), u16(1))],
    ),
    box(
      "iprp",
      box("ipco", ...properties),
      box(
        ...["ipma", u32(0), u32(6), associated(1, 1, 4, 5, 6)],
        ...[2, 3].map((id) => associated(id, 2, 4, 0x83, 5, 6)),
        associated(4, 1, 8, 9),
        ...[5, 6].map((id) => associated(id, 2, 8, 0x87, 9)),
      ),
    ),
    box("idat", gridData, gridData),
  ];
  const locations = (start: number) => [
    ...[place(1, 1, 0, 12), place(2, 0, start, 1), place(3, 0, start + 1, 1)],
    ...[place(4, 1, 12, 12), place(5, 0, start + 2, 2), place(6, 0, start + 4, 2)],
  ];
  expect(file).toEqual(expectedFile(locations, between, bytes("aba!b!")));
});

test("a grid has tiles", () => {
  expect(() => writeGridFile(shape, picture, [], undefined)).toThrow("without tiles");
});
