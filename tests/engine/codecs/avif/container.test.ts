import { expect, test } from "vitest";
import { limits } from "../../../../core/limits.ts";
import { isCutOff, readIcc } from "../../../../engine/codecs/avif/container.ts";
import { readTile } from "../../../../engine/codecs/avif/tile-file.ts";
import { av1C, avif, box, bytes, ispe, u32 } from "../../../core/image/made-headers.ts";
import { heifFile } from "./heif-file.ts";

const size = ispe(8, 8);
const profile = (data: Uint8Array, kind = "prof") => box("colr", kind, data);

test("a profile is the first that a colr property holds, in memory of its own", () => {
  const first = readIcc(
    avif([
      size,
      box("colr", "nclx", new Uint8Array(7)),
      profile(bytes("one")),
      profile(bytes("two")),
    ]),
  );
  expect(first).toEqual(bytes("one"));
  expect(first?.buffer.byteLength).toBe(3);
  expect(readIcc(avif([size, profile(bytes("one"), "rICC")]))).toEqual(bytes("one"));
  expect(readIcc(avif([size, box("free", "prof", "one")]))).toBeUndefined();
  expect(readIcc(avif([size, profile(bytes("one"), "nclc")]))).toBeUndefined();
  expect(readIcc(bytes("none"))).toBeUndefined();
});

test("a profile has at most metadataBytesMax", () => {
  const of = (length: number) => readIcc(avif([size, profile(new Uint8Array(length))]));
  expect(of(limits.metadataBytesMax)).toHaveLength(limits.metadataBytesMax);
  expect(of(limits.metadataBytesMax + 1)).toBeUndefined();
});

test("a file is cut off where it ends inside one of its boxes", () => {
  const whole = bytes(box("ftyp", "avif"), box("mdat", bytes(1, 2, 3)));
  expect(isCutOff(whole)).toBe(false);
  for (let length = 1; length < whole.length; length++)
    expect(isCutOff(whole.subarray(0, length)), `${length}`).toBe(length !== 12);
  // A box up to the end of the file, whatever its length; and one that is shorter than its header.
  expect(isCutOff(bytes(u32(0), "mdat", 1, 2, 3))).toBe(false);
  expect(isCutOff(bytes(u32(7), "mdat", 1, 2, 3))).toBe(false);
  expect(isCutOff(bytes(u32(8), "mdat", u32(100), "mdat"))).toBe(true);
  expect(isCutOff(bytes())).toBe(false);
});

test("a tile's file gives its coded picture, its colours and its alpha", () => {
  const [colours, alphaCoding] = [bytes("nclx colours"), box("av1C", "alpha")];
  const properties = [size, av1C, box("colr", colours), alphaCoding, box("auxC", "alpha")];
  const own = { id: 1, type: "av01", data: bytes("colour"), properties: [1, 2, 3] };
  const alpha = { id: 2, type: "av01", data: bytes("opacity"), properties: [1, 4, 5] };
  expect(readTile(heifFile([own, alpha], properties))).toEqual({
    ...{ configuration: av1C.subarray(8), colour: bytes("colour"), colours },
    alpha: { configuration: bytes("alpha"), data: bytes("opacity") },
  });
  expect(readTile(heifFile([{ ...own, properties: [1, 2] }], properties))).toEqual({
    ...{ configuration: av1C.subarray(8), colour: bytes("colour") },
    ...{ colours: undefined, alpha: undefined },
  });
});

test("a tile's file that is laid out otherwise is an error", () => {
  const own = { id: 1, type: "av01", data: bytes("colour"), properties: [1, 2] };
  expect(() => readTile(bytes("none"))).toThrow("cannot be read");
  expect(() => readTile(heifFile([{ ...own, properties: [1] }], [size, av1C]))).toThrow(
    "no picture",
  );
  const { data: _, ...without } = own;
  expect(() => readTile(heifFile([without], [size, av1C]))).toThrow("no picture");
});
