import { expect, test } from "vitest";
import { withAvifIcc } from "../../../../engine/codecs/avif/icc.ts";
import { box, bytes, ftyp, repeated, u16, u32 } from "../../../core/image/made-headers.ts";

const icc = bytes("profile");
const colr = box("colr", "prof", icc);

/** By how much each offset into the pixels grows: the property, and its index in one byte. */
const growth = colr.length + 1;
const free = box("free", "x");
const associations = (...items: readonly (readonly number[])[]) =>
  box(
    "ipma",
    u32(0),
    u32(items.length),
    ...items.map(([id = 0, ...own]) => bytes(u16(id), own.length, ...own)),
  );
const locations = (by: number, sizes = 0x4400) =>
  box(
    ...["iloc", u32(0), u16(sizes), u16(3)],
    ...[u16(1), u16(0), u16(2), u32(100 + by), u32(9), u32(300 + by), u32(7)],
    ...[u16(2), u16(0), u16(0)],
    ...[u16(7), u16(0), u16(1), u32(70_000 + by), u32(5)],
  );

interface Layout {
  readonly pitm?: Uint8Array;
  readonly iloc?: Uint8Array;
  readonly ipco?: Uint8Array;
  readonly ipma?: Uint8Array;
  readonly more?: readonly Uint8Array[];
  readonly order?: readonly ("ftyp" | "meta" | "mdat")[];
}
function file(own: Layout = {}): Uint8Array {
  const { pitm = box("pitm", u32(0), u16(7)), iloc = locations(0), more = [] } = own;
  const { ipco = box("ipco", free, free), ipma = associations([1, 1, 2], [7, 2], [9]) } = own;
  const boxes = {
    ftyp: ftyp("avif"),
    meta: box("meta", 0, 0, 0, 5, free, pitm, iloc, ...more, box("iprp", ipco, ipma)),
    mdat: box("mdat", "pixels"),
  };
  return bytes(...(own.order ?? ["ftyp", "meta", "mdat"]).map((name) => boxes[name]));
}

test("a profile is one more property, named last in the primary item's list, and what lies behind moves", () => {
  const expected = file({
    iloc: locations(growth),
    ipco: box("ipco", free, free, colr),
    ipma: associations([1, 1, 2], [7, 2, 3], [9]),
  });
  expect(withAvifIcc(file(), icc)).toEqual(expected);
  const first = box("pitm", u32(0), u16(1));
  expect(withAvifIcc(file({ pitm: first }), icc)).toEqual(
    file({
      ...{ pitm: first, iloc: locations(growth), ipco: box("ipco", free, free, colr) },
      ipma: associations([1, 1, 2, 3], [7, 2], [9]),
    }),
  );
});

test("a property's index has seven bits", () => {
  const of = (count: number) =>
    withAvifIcc(file({ ipco: box("ipco", repeated(free, count)) }), icc);
  expect(of(126).length).toBeGreaterThan(0);
  expect(() => of(127)).toThrow(": properties");
});

test("what the encoder does not write is an error that says what is otherwise", () => {
  const whole = file();
  const wrongly = (at: string, changes: Layout | Uint8Array) =>
    expect(() => withAvifIcc(changes instanceof Uint8Array ? changes : file(changes), icc)).toThrow(
      `: ${at}`,
    );
  wrongly("a box longer than what holds it", whole.subarray(0, -1));
  wrongly("the order of boxes", { order: ["ftyp", "mdat", "meta"] });
  wrongly("the order of boxes", { order: ["ftyp", "meta"] });
  wrongly("pitm", { pitm: free });
  wrongly("pitm", { pitm: box("pitm", 1, 0, 0, 0, u16(7)) });
  wrongly("pitm", { pitm: box("pitm", u32(0), u32(7)) });
  wrongly("iloc", { iloc: free });
  wrongly("iloc", { more: [locations(0)] });
  wrongly("iloc", { iloc: locations(0, 0x8800) });
  const otherVersion = locations(0).with(8, 1);
  wrongly("iloc", { iloc: otherVersion });
  wrongly("ipco", { ipco: free });
  wrongly("ipma", { ipma: free });
  wrongly("ipma", { ipma: associations([7]).with(8, 1) });
  wrongly("ipma", { ipma: associations([7]).with(11, 1) });
  wrongly("nothing said of the primary item", { ipma: associations([1], [2]) });
  // A length of 64 bits, which would become one of 32.
  const long = bytes(u32(1), "free", u32(0), u32(16));
  wrongly("long box headers", { more: [long] });
});
