import { describe, expect, test } from "vitest";
import { readItems } from "../../../../core/image/heif/items.ts";
import { box, bytes, ftyp, u16, u32 } from "../made-headers.ts";

const four = (version: number, flags = 0) => bytes(version, 0, 0, flags);
const primaryIs1 = box("pitm", u32(0), u16(1));
const infe = (item: number, type: string, version = 2) =>
  box("infe", four(version), u16(item), u16(0), type, 0);
const iinf = (count: number, ...entries: readonly Uint8Array[]) =>
  box("iinf", u32(0), u16(count), ...entries);

type Entry = readonly [item: number, properties: readonly number[]];
const entry = ([item, properties]: Entry, isWide: boolean) =>
  isWide
    ? bytes(u32(item), properties.length, ...properties.map((each) => u16(each)))
    : bytes(u16(item), properties.length, ...properties);
const ipma = (entries: readonly Entry[], isWide = false, announced = entries.length) => {
  const listed = entries.map((each) => entry(each, isWide));
  return box("ipma", four(Number(isWide), Number(isWide)), u32(announced), ...listed);
};

/** What a file says whose three properties are called one1, two2 and thr3. */
function itemsOf({
  before = bytes(),
  pitm = primaryIs1,
  items = iinf(1, infe(1, "av01")),
  owners = [ipma([[1, [1]]])],
}) {
  const named = box("ipco", box("one1"), box("two2"), box("thr3"));
  const meta = box("meta", u32(0), pitm, items, box("iprp", named, ...owners));
  const read = readItems(bytes(ftyp("avif"), before, meta), "AVIF");
  return read.ok ? read.value : read.error;
}
function saidOf(made: Parameters<typeof itemsOf>[0]) {
  const items = itemsOf(made);
  if ("kind" in items) return items;
  const properties = items.propertiesOf(1).map(({ type }) => type);
  return { primary: items.primary, type: items.typeOf(1), properties };
}
const corrupt = (detail: string) => ({ refusal: { reason: "corrupt_image", detail } });

describe("an item's properties are", () => {
  test.each([false, true])("those of its entry, wherever it stands (32 bits: %s)", (isWide) => {
    const listed = ipma(
      [
        [2, [1, 2, 3]],
        [3, []],
        [1, [3, 2]],
      ],
      isWide,
    );
    expect(saidOf({ owners: [listed] })).toMatchObject({ properties: ["thr3", "two2"] });
  });

  test("those of its first entry, in whichever box", () => {
    const [one, two] = [ipma([[1, [1]]]), ipma([[1, [2]]])];
    const twice = ipma([
      [1, [1]],
      [1, [2]],
    ]);
    expect(saidOf({ owners: [twice] })).toMatchObject({ properties: ["one1"] });
    expect(saidOf({ owners: [two, one] })).toMatchObject({ properties: ["two2"] });
  });

  test("there though the last item has none, or a box no item", () => {
    const last = ipma([
      [1, [1]],
      [2, []],
    ]);
    expect(saidOf({ owners: [last, ipma([])] })).toMatchObject({ properties: ["one1"] });
  });

  test.each([
    ["before its count", box("ipma", u32(0))],
    ["before an entry that it announces", ipma([], false, 1)],
    ["inside an entry", box("ipma", u32(0), u32(1), u16(1))],
    ["among the properties of an entry", box("ipma", u32(0), u32(1), u16(1), 2, 1)],
  ])("refused where a box ends %s, although another is whole", (_, cut) => {
    const whole = ipma([[1, [1]]]);
    const refusal = corrupt("The AVIF ends among the properties of its items");
    expect(saidOf({ owners: [whole, cut] })).toMatchObject(refusal);
    expect(saidOf({ owners: [cut, whole] })).toMatchObject(refusal);
  });
});

describe("an item's type is", () => {
  test("that of its first entry", () => {
    const items = iinf(3, infe(2, "hvc1"), infe(1, "av01"), infe(1, "grid"));
    expect(saidOf({ items })).toMatchObject({ type: "av01" });
  });

  test("read where nothing follows it", () => {
    const items = iinf(1, box("infe", four(2), u16(1), u16(0), "av01"));
    expect(saidOf({ items })).toMatchObject({ type: "av01" });
  });

  test.each([
    ["in an entry of an earlier version", infe(1, "av01", 1)],
    ["in the name of such an entry", box("infe", four(1), u16(0), u16(1), u16(0), "av01", 0)],
    ["in what is no entry", box("free", four(2), u16(1), u16(0), "av01", 0)],
    ["in an entry that ends before it", box("infe", four(2), u16(1), u16(0), "av0")],
    ["in an entry that ends in its number", box("infe", four(2), 0)],
  ])("not said %s", (_, other) => {
    expect(saidOf({ items: iinf(1, other) })).toMatchObject({ primary: 1, type: undefined });
  });

  test("refused where the list is shorter than it says", () => {
    expect(saidOf({ items: iinf(1) })).toMatchObject(corrupt("The AVIF ends among its items"));
  });
});

test.each([
  ["ends before its number", box("pitm", u32(0), 0)],
  ["ends before its wide number", box("pitm", four(1), u16(0), 1)],
])("no picture is to be shown where the box that names it %s", (_, pitm) => {
  expect(saidOf({ pitm })).toMatchObject({ primary: 0 });
});

test("an empty box may stand before the description, none that is shorter than its header", () => {
  expect(saidOf({ before: box("free") })).toMatchObject({ primary: 1 });
  expect(saidOf({ before: bytes(u32(7), "free") })).toMatchObject(
    corrupt("A box of the AVIF is shorter than its header"),
  );
});
