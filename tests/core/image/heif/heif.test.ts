import { describe, expect, test } from "vitest";
import { boxesOf, childrenOf } from "../../../../core/image/heif/boxes.ts";
import { probe } from "../../../../core/image/probe.ts";
import { box, bytes, ispe, u16, u32 } from "../made-headers.ts";
import { av1, heif, hevc, size, type MadeItems } from "./made-items.ts";

const halves = 0x0c;
const read = (made: MadeItems) => probe(heif(made), true);
const alpha = (urn: string) => box("auxC", u32(0), urn, 0);

describe("of an AVIF is read", () => {
  test.each([
    [halves, { bitDepth: 8, colour: "rgb", samplesPerPixel: 1.5 }],
    [0x08, { bitDepth: 8, samplesPerPixel: 2 }],
    [0x00, { bitDepth: 8, samplesPerPixel: 3 }],
    [0x40 | halves, { bitDepth: 10, samplesPerPixel: 1.5 }],
    [0x60, { bitDepth: 12 }],
    [0x20, { bitDepth: 8 }],
    [0x10 | halves, { colour: "grey", samplesPerPixel: 1 }],
  ])("the coding %i: %j", (coding, info) => {
    expect(read({ properties: [size, av1(coding)] })).toMatchObject({ kind: "image", info });
  });

  test.each([
    ["av01", "image"],
    ["grid", "image"],
    ["hvc1", "refused"],
  ])("an item of type %s: %s", (item, kind) => {
    expect(read({ item, properties: [size, av1(halves)] }).kind).toBe(kind);
  });

  test.each([
    ["avif", 1],
    ["avis", 0],
  ])("of the brand %s: %i frames", (brand, frames) => {
    expect(read({ brand, properties: [size, av1(halves)] })).toMatchObject({ info: { frames } });
  });

  test.each([
    ["a1op", true],
    ["lsel", true],
    ["a1lx", true],
    ["pixi", false],
  ])("a property %s; it comes in layers: %s", (type, progressive) => {
    const properties = [size, av1(halves), box(type, 0)];
    expect(read({ properties })).toMatchObject({ info: { progressive } });
    expect(read({ properties, own: [1, 2] })).toMatchObject({ info: { progressive: false } });
  });

  test.each([
    ["known", box("colr", "nclx", u16(1), u16(1), u16(6), 0x80), 1.5],
    ["unknown", box("colr", "nclx", u16(1), u16(1), u16(0), 0x80), 0],
    ["said in a profile", box("colr", "prof", new Uint8Array(8)), 1.5],
    ["cut off", box("colr", "nclx", u16(1), u16(1), u16(0)), 1.5],
  ])("how its colours are mixed, where that is %s", (_, colour, samplesPerPixel) => {
    const properties = [size, av1(halves), colour];
    expect(read({ properties })).toMatchObject({ info: { samplesPerPixel } });
  });
});

describe("of a HEIC is read", () => {
  const heic = (...properties: readonly Uint8Array[]) =>
    read({ brand: "heic", item: "hvc1", properties });

  test.each([
    [0, 0, { colour: "grey", samplesPerPixel: 1, bitDepth: 8 }],
    [1, 0, { colour: "rgb", samplesPerPixel: 1.5, bitDepth: 8 }],
    [2, 2, { colour: "rgb", samplesPerPixel: 2, bitDepth: 10 }],
    [3, 4, { colour: "rgb", samplesPerPixel: 3, bitDepth: 12 }],
  ])("chroma's format %i and %i more bits", (chroma, moreBits, info) => {
    const fixed = { format: "heic", frames: 1, progressive: false, lossless: false };
    const known = { width: 24, height: 16, hasAlpha: false };
    expect(heic(size, hevc(chroma, moreBits))).toMatchObject({
      kind: "image",
      info: { ...fixed, ...known, ...info },
    });
  });

  test("no configuration that is too short", () => {
    expect(heic(size, box("hvcC", new Uint8Array(18)))).toMatchObject({
      refusal: { reason: "corrupt_image" },
    });
    expect(heic(size, box("hvcC", new Uint8Array(19))).kind).toBe("image");
  });

  test("nor a picture with an alpha plane, which is not drawn", () => {
    expect(heic(size, hevc(1), alpha("urn:mpeg:hevc:2015:auxid:1"))).toMatchObject({
      refusal: { reason: "unsupported_format", detected: "a HEIC picture with an alpha plane" },
    });
  });
});

describe("of both is read", () => {
  const info = (made: Omit<MadeItems, "properties">, ...more: readonly Uint8Array[]) => {
    const answer = read({ ...made, properties: [size, av1(halves), ...more] });
    return answer.kind === "image" ? answer.info : answer;
  };

  test("the same in boxes of either width", () => {
    const turn = box("irot", 1);
    const narrow = info({}, turn);
    expect(narrow).toMatchObject({ width: 24, height: 16, orientation: 8 });
    expect(info({ isWide: true }, turn)).toEqual(narrow);
  });

  test("only what is the picture's own", () => {
    const turn = box("irot", 1);
    expect(info({ own: [1, 2] }, turn)).toMatchObject({ orientation: 1 });
    expect(info({ own: [1, 2], isWide: true }, turn)).toMatchObject({ orientation: 1 });
    expect(info({ own: [1, 2, 9] })).toMatchObject({ width: 24 });
  });

  test.each([
    ["urn:mpeg:mpegB:cicp:systems:auxiliary:alpha", true],
    ["urn:mpeg:hevc:2015:auxid:1", true],
    ["urn:mpeg:hevc:2015:auxid:2", false],
    ["urn:mpeg:mpegB:cicp:systems:auxiliary:alphabet", false],
    ["x:urn:mpeg:hevc:2015:auxid:1", false],
  ])("an auxiliary picture %s: alpha %s", (urn, hasAlpha) => {
    // It is another item's property.
    expect(info({ own: [1, 2] }, alpha(urn))).toMatchObject({ hasAlpha });
  });

  test.each([
    ["prof", true],
    ["rICC", true],
    ["nclx", false],
  ])("a colour box %s: profile %s", (kind, hasIcc) => {
    const colour = box("colr", kind, u16(1), u16(1), u16(6), 0x80);
    expect(info({}, colour)).toMatchObject({ hasIcc });
    expect(info({ own: [1, 2] }, colour)).toMatchObject({ hasIcc: false });
  });

  test("of a grid, whose tiles have the configuration, the largest part", () => {
    const grid = { item: "grid", own: [1] };
    expect(info(grid, ispe(12, 16), ispe(14, 8))).toMatchObject({
      partPixels: 12 * 16,
      partHeight: 16,
    });
    expect(info(grid)).toMatchObject({ partPixels: 24 * 16, partHeight: 16 });
    expect(info({ ...grid, own: [1, 3] }, box("irot", 1))).toMatchObject({
      orientation: 8,
      partPixels: 24 * 16,
    });
    expect(info({})).not.toHaveProperty("partPixels");
  });

  test("nothing of a picture whose boxes are too short to say it", () => {
    const corrupt = { refusal: { reason: "corrupt_image" } };
    const short = box("ispe", u32(0), u32(24), u16(0));
    expect(read({ properties: [short, av1(halves)] })).toMatchObject(corrupt);
    expect(read({ properties: [size, box("av1C", 0x81, 0, 0)] })).toMatchObject(corrupt);
  });

  const withVersion = (type: string, version: number) => {
    const file = heif({
      properties: [size, av1(halves)],
      others: ["iloc", "iref"].map((each) => box(each, u32(0))),
    });
    file[Buffer.from(file).indexOf(type) + 4] = version;
    return file;
  };

  test.each([
    ["meta", 1, "description"],
    ["iloc", 3, "places"],
    ["iref", 2, "references"],
    ["iinf", 2, "list"],
  ])("nothing of a file with a box %s of version %i of its %s", (type, version) => {
    const file = withVersion(type, version);
    expect(probe(file, true)).toMatchObject({ refusal: { reason: "corrupt_image" } });
  });

  test.each([
    ["meta", 0],
    ["iloc", 2],
    ["iref", 1],
  ])("what a file with a box %s of version %i says", (type, version) => {
    expect(probe(withVersion(type, version), true).kind).toBe("image");
  });

  test.each(["pitm", "iprp", "hdlr", "iinf"])("nothing of a file without %s", (type) => {
    const file = heif({ properties: [size, av1(halves)] });
    file.set(Buffer.from("free"), Buffer.from(file).indexOf(type));
    expect(probe(file, true)).toMatchObject({ refusal: { reason: "corrupt_image" } });
  });
});

describe("boxes", () => {
  const typesOf = (payload: Uint8Array) => childrenOf(payload).map(({ type }) => type);
  const large = (type: string, payload: string) =>
    bytes(u32(1), type, u32(0), u32(16 + payload.length), payload);

  test("follow one another, each with its payload", () => {
    const payload = bytes(box("one1", "a"), large("two2", "bc"), box("thr3"));
    const found = boxesOf(payload) ?? [];
    expect(
      found.map(({ type, payload: inside }) => `${type} ${Buffer.from(inside).toString()}`),
    ).toEqual(["one1 a", "two2 bc", "thr3 "]);
    expect(found.every(({ isOpenEnded }) => !isOpenEnded)).toBe(true);
    expect(boxesOf(bytes(7, payload).subarray(1))).toHaveLength(3);
    expect(boxesOf(bytes())).toEqual([]);
    expect(boxesOf(large("one1", ""))).toMatchObject([{ type: "one1", payload: bytes() }]);
  });

  test("that reach to the end are the last ones, and fill no payload", () => {
    const open = bytes(box("one1"), u32(0), "two2", "rest");
    expect(childrenOf(open)[1]).toEqual({
      type: "two2",
      payload: bytes("rest"),
      isOpenEnded: true,
    });
    expect(boxesOf(open)).toBeUndefined();
  });

  test.each([
    ["a header that is cut off", bytes(u32(9), "two")],
    ["a size that is cut off", bytes(0, 0, 0)],
    ["a long header that is cut off", bytes(u32(1), "two2", u32(0), u16(0))],
    ["a size within its header", bytes(u32(7), "two2", u32(0))],
    ["a long size within its header", bytes(u32(1), "two2", u32(0), u32(15), u32(0))],
    ["a size beyond the bytes", bytes(u32(13), "two2", u32(0))],
  ])("end before %s", (_, rest) => {
    expect(typesOf(bytes(box("one1"), rest))).toEqual(["one1"]);
    expect(boxesOf(bytes(box("one1"), rest))).toBeUndefined();
  });
});
