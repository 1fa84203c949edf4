import { describe, expect, test } from "vitest";
import { dav1dMemory } from "../../../../core/image/avif/format.ts";
import type { Size } from "../../../../core/image/size.ts";
import { Dav1d } from "../../../../engine/codecs/avif/dav1d.ts";
import { decodePlanes } from "../../../../engine/codecs/avif/planes.ts";
import { DamagedSource } from "../../../../engine/codecs/codec.ts";
import type { WasmInstance } from "../../../../engine/codecs/wasm-slot.ts";
import { bytesAt } from "../../../../engine/pixels/workspace.ts";
import { pictureInfo } from "../../../core/image/picture-info.ts";
import { av1C, box, bytes, ispe, u16, u32 } from "../../../core/image/made-headers.ts";
import { decodeRequest } from "../../pixels/fixtures.ts";
import { fakeDav1d, frameFields, type FakeDav1d } from "./fake-dav1d.ts";
import { heifFile } from "./heif-file.ts";
import { flag, frame, headerUnit, type Field, type Header } from "./made-units.ts";

const none = {} as WebAssembly.Module;
const jpegColours = { matrix: 6, range: 0x80 };

interface Case {
  readonly size?: Size;
  /** Of the first part. */
  readonly data?: Uint8Array | undefined;
  readonly colours?: { readonly matrix: number; readonly range: number } | "none";
}

const coded = (own: Header = {}) =>
  bytes(headerUnit({ width: [63, 6], height: [63, 6], ...own }), frame);

/** A picture in one piece, or in tiles of 64 × 64 where it is larger than one. */
function fileOf({
  size = { width: 64, height: 64 },
  colours = jpegColours,
  ...own
}: Case): Uint8Array {
  const first = "data" in own ? own.data : coded();
  const colr =
    colours === "none"
      ? box("free")
      : box("colr", "nclx", u16(1), u16(13), u16(colours.matrix), colours.range);
  const properties = [ispe(size.width, size.height), av1C, colr, ispe(64, 64)];
  const [columns, rows] = [Math.ceil(size.width / 64), Math.ceil(size.height / 64)];
  const count = columns * rows;
  if (count === 1) {
    const item = { id: 1, type: "av01", properties: [1, 2, 3], ...(first && { data: first }) };
    return heifFile([item], properties);
  }
  const shape = bytes(0, 0, rows - 1, columns - 1, u16(size.width), u16(size.height));
  const tiles = Array.from({ length: count }, (_, index) => {
    const data = index === 0 ? first : coded();
    return { id: 2 + index, type: "av01", properties: [4, 2], ...(data && { data }) };
  });
  const dimg = box("dimg", u16(1), u16(count), ...tiles.map(({ id }) => u16(id)));
  const items = [{ id: 1, type: "grid", data: shape, properties: [1, 3] }, ...tiles];
  return heifFile(items, properties, [box("iref", u32(0), dimg)]);
}

const infoOf = (size: Size) =>
  pictureInfo({
    format: "avif",
    ...size,
    ...((size.width > 64 || size.height > 64) && { partPixels: 64 * 64 }),
  });

function decode(own: Case = {}) {
  const source = fileOf(own);
  const info = infoOf(own.size ?? { width: 64, height: 64 });
  const instances: WasmInstance[] = [];
  const request = decodeRequest(info);
  const result = decodePlanes(none, source, request, info, (instance) => instances.push(instance));
  return { result, instances, bytesMax: dav1dMemory(info, source.length) };
}

function opened(own: Case = {}) {
  const { result } = decode(own);
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

/** The refusal of a picture in one piece, at once. */
function refusal(own: Case = {}) {
  const { result } = decode(own);
  if (result.ok) throw new Error("opened");
  return result.error;
}

/** What is thrown where all of a grid is decoded. */
function thrown(own: Case = {}): unknown {
  const planes = opened({ size: { width: 100, height: 60 }, ...own });
  try {
    planes.finish();
  } catch (cause) {
    return cause;
  }
  throw new Error("decoded");
}

/** Fills the planes with numbers that begin at `first`, and tells of a frame. */
function giveFrame(
  { memory, call }: FakeDav1d,
  first = 1,
  { width, height }: Size = { width: 64, height: 64 },
) {
  for (const [plane, start] of [40_000, 60_000, 70_000].entries())
    new Uint8Array(memory.buffer, start, 8192).fill(first + plane);
  call("g", ...frameFields(width, height));
}

const corrupt = (detail: string) => ({ reason: "corrupt_image", detail });
const damaged = corrupt("The AVIF's picture data is damaged or cut off");
const otherSize = corrupt("another size than its header says");
const otherwise = corrupt("The AVIF's picture is not coded as its header says");

function samplesOf(own: ReturnType<typeof opened>, plane: number, row: number): number[] {
  const ring = own.planes[plane];
  if (!ring) throw new Error("no such plane");
  ring.ready(row);
  return [
    ...bytesAt(own.workspace, ring.pointer + (row % ring.ringRows) * ring.stride, ring.width),
  ];
}

describe("a picture in one piece", () => {
  test("is decoded once, into a frame whose rows are copied when they are asked for", () => {
    const fake = fakeDav1d({ decode: giveFrame });
    const planes = opened();
    expect(planes.size).toEqual({ width: 64, height: 64 });
    expect([0, 1, 2].map((plane) => samplesOf(planes, plane, 5))).toEqual([
      Array.from({ length: 64 }, () => 1),
      Array.from({ length: 32 }, () => 2),
      Array.from({ length: 32 }, () => 3),
    ]);
    expect(fake.calls.filter(([name]) => name === "decode")).toHaveLength(1);
  });

  test("is decoded by an instance that is shown to the caller", () => {
    const { memory } = fakeDav1d({ decode: giveFrame });
    const { instances } = decode();
    expect(instances.map((instance) => instance.memory)).toEqual([memory]);
    expect(instances[0]).toBeInstanceOf(Dav1d);
  });

  test("has the colours that its data say where the container says none", () => {
    fakeDav1d({ decode: (fake) => giveFrame(fake, 126) });
    const colour: readonly Field[] = [flag(false), flag(false), flag(false), flag(false)];
    const limited = coded({ colour });
    // Of a range that begins at 16.
    const [luma] = samplesOf(opened({ data: limited, colours: "none" }), 0, 0);
    expect(luma).not.toBe(126);
    expect(samplesOf(opened({ data: limited }), 0, 0)[0]).toBe(126);
  });

  test("is refused where it has no data, or they hold no picture", () => {
    fakeDav1d({ decode: giveFrame });
    expect(refusal({ data: undefined })).toMatchObject({ reason: "truncated_image" });
    expect(refusal({ data: frame })).toEqual(
      corrupt("The AVIF holds no AV1 picture where one should be"),
    );
  });

  test("is refused where it is coded otherwise than its header says", () => {
    fakeDav1d({ decode: giveFrame });
    const [yes, no] = [flag(true), flag(false)];
    const headers: Header[] = [
      { colour: [yes, no, no, yes] },
      { profile: 1, colour: [no, no, yes] },
      { width: [64, 7] },
      { height: [64, 7] },
    ];
    for (const header of headers) expect(refusal({ data: coded(header) })).toEqual(otherwise);
    const smaller = coded({ width: [62, 6], height: [62, 6] });
    expect(decode({ data: smaller }).result.ok).toBe(true);
  });

  test("is refused where its colours are mixed in a way that is not known", () => {
    fakeDav1d({ decode: giveFrame });
    expect(refusal({ colours: { matrix: 8, range: 0x80 } })).toEqual({
      reason: "unsupported_format",
      detected: "an AVIF of a rare colour matrix",
    });
  });

  test("is refused where its frame is damaged, or of another size", () => {
    fakeDav1d();
    expect(refusal()).toEqual(damaged);
    for (const size of [
      { width: 63, height: 64 },
      { width: 64, height: 63 },
    ]) {
      fakeDav1d({ decode: (fake) => giveFrame(fake, 1, size) });
      expect(refusal()).toEqual(otherSize);
    }
  });

  test("is refused where its decoder wants more memory than the plan says", () => {
    fakeDav1d({ pointer: 0 });
    const { result, bytesMax } = decode();
    expect(result).toEqual({
      ok: false,
      error: { reason: "over_memory_plan", bytes: bytesMax, bytesMax },
    });
    const answers: unknown[] = [];
    fakeDav1d({
      decode: (fake) => {
        answers.push(fake.call("d", Math.floor(bytesMax)), fake.call("d", Math.ceil(bytesMax + 1)));
      },
    });
    expect(refusal()).toMatchObject({ reason: "over_memory_plan" });
    expect(answers).toEqual([1, 0]);
  });

  test("passes a trap on", () => {
    const trap = new WebAssembly.RuntimeError("trapped");
    fakeDav1d({
      decode: () => {
        throw trap;
      },
    });
    expect(() => decode()).toThrow(trap);
  });
});

describe("a grid", () => {
  const wide = { width: 100, height: 60 };

  test("is decoded tile by tile as rows are asked for, in one decoder", () => {
    let tiles = 0;
    fakeDav1d({ decode: (fake) => giveFrame(fake, 10 * ++tiles) });
    const { result, instances } = decode({ size: { width: 100, height: 100 } });
    if (!result.ok) throw new Error("refused");
    expect(instances).toHaveLength(1);
    expect(tiles).toBe(0);
    expect(samplesOf(result.value, 0, 63)).toEqual([
      ...Array.from({ length: 64 }, () => 10),
      ...Array.from({ length: 36 }, () => 20),
    ]);
    expect(tiles).toBe(2);
    expect(samplesOf(result.value, 2, 32).slice(31, 33)).toEqual([32, 42]);
    expect(tiles).toBe(4);
  });

  test("of one column has rows", () => {
    let tiles = 0;
    fakeDav1d({ decode: (fake) => giveFrame(fake, 10 * ++tiles) });
    const planes = opened({ size: { width: 60, height: 150 } });
    planes.finish();
    expect(tiles).toBe(3);
    expect(samplesOf(planes, 0, 140)[0]).toBe(30);
  });

  test("is void where a tile is missing, damaged or coded otherwise, with the reason", () => {
    const reasons = (own: Case) => (thrown(own) as DamagedSource).refusal;
    fakeDav1d();
    expect(thrown()).toBeInstanceOf(DamagedSource);
    expect(reasons({})).toEqual(damaged);
    expect(reasons({ data: undefined })).toMatchObject({ reason: "truncated_image" });
    expect(reasons({ data: coded({ width: [64, 7] }) })).toEqual(otherwise);
    fakeDav1d({ pointer: 0 });
    expect(reasons({})).toMatchObject({ reason: "over_memory_plan" });
  });

  test("shows nothing of a tile of another size", () => {
    fakeDav1d({ decode: (fake) => giveFrame(fake, 1, { width: 64, height: 62 }) });
    const planes = opened({ size: wide });
    expect(() => planes.finish()).toThrow(DamagedSource);
    const [luma] = planes.planes;
    expect(bytesAt(planes.workspace, luma?.pointer ?? 0, 10).every((byte) => byte === 0)).toBe(
      true,
    );
    expect((thrown() as DamagedSource).refusal).toEqual(otherSize);
  });

  test("in which the decoder traps is asked for again, as pixels", () => {
    const throwing = (cause: Error) =>
      fakeDav1d({
        decode: () => {
          throw cause;
        },
      });
    throwing(new WebAssembly.RuntimeError("trapped"));
    const asked = thrown();
    expect(asked).toBeInstanceOf(DamagedSource);
    expect((asked as DamagedSource).refusal).toBeUndefined();
    const other = new TypeError("a fault of this program");
    throwing(other);
    expect(thrown()).toBe(other);
  });
});
