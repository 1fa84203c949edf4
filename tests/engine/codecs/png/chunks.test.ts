import { deflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { limits } from "../../../../core/limits.ts";
import {
  isIntact,
  readChunk,
  readPngHeader,
  storedCrc,
} from "../../../../engine/codecs/png/chunks.ts";
import { bytes, png, pngChunk, pngHeader, u32 } from "../../../core/image/made-headers.ts";
import { withWrongCrc } from "./fixture.ts";

const idat = pngChunk("IDAT", bytes(1));
const headerOf = (...chunks: readonly Uint8Array[]) => readPngHeader(png(...chunks, idat));
const refusalOf = (...chunks: readonly Uint8Array[]) => {
  const read = headerOf(...chunks);
  return read.ok ? "read" : read.error;
};
const corrupt = (detail: string) => ({ reason: "corrupt_image", detail });
const truncated = (detail: string) => ({ reason: "truncated_image", detail });

describe("a chunk", () => {
  test("has a type, its data, and what stands behind it", () => {
    const file = bytes(7, 7, pngChunk("tEXt", bytes("hello")));
    const read = readChunk(file, 2);
    expect(read).toEqual({ ok: true, value: { type: "tEXt", data: bytes("hello"), next: 19 } });
    expect(readChunk(bytes(7, 7, pngChunk("IEND")), 2)).toMatchObject({ value: { next: 14 } });
  });

  test("may be as long as 256 of its bytes say, and half of 2^32 at most", () => {
    const data = new Uint8Array(70_000).fill(5);
    expect(readChunk(pngChunk("IDAT", data), 0)).toMatchObject({ value: { next: 70_012 } });
    const long = (length: number) => readChunk(bytes(u32(length), "IDAT", 0, 0, 0, 0), 0);
    expect(long(0x8000_0000)).toMatchObject({ error: corrupt("chunk length over 2^31") });
    expect(long(0x7fff_ffff)).toMatchObject({ error: truncated("inside a chunk") });
  });

  test("is cut off where its head or its data end early", () => {
    const chunk = pngChunk("IDAT", bytes(1, 2, 3));
    expect(readChunk(chunk, 0)).toMatchObject({ ok: true });
    for (const length of [12, 14])
      expect(readChunk(chunk.subarray(0, length), 0)).toMatchObject({
        error: truncated("inside a chunk"),
      });
    for (const length of [0, 1, 11])
      expect(readChunk(bytes(7, chunk).subarray(0, length + 1), 1)).toMatchObject({
        error: truncated("between chunks"),
      });
  });

  test("is intact where its CRC is that of type and data", () => {
    const file = bytes(7, pngChunk("IDAT", bytes(1, 2, 3)));
    const isWhole = (source: Uint8Array) => {
      const read = readChunk(source, 1);
      return read.ok && isIntact(source, 1, read.value);
    };
    expect(isWhole(file)).toBe(true);
    for (let at = 5; at < file.length; at++)
      expect(isWhole(file.with(at, (file[at] ?? 0) ^ 1))).toBe(false);
    const read = readChunk(file, 1);
    const stored = read.ok && storedCrc(file, read.value);
    expect(stored).toBe(new DataView(file.buffer, file.length - 4).getUint32(0));
  });
});

describe("what stands before the pixels", () => {
  test("is read up to them, unknown chunks stepped over", () => {
    const [palette, clear] = [bytes(1, 2, 3, 4, 5, 6), bytes(9, 8)];
    const stream = deflateSync(bytes("profile"));
    const before = [
      pngHeader({ width: 300, height: 200, bitDepth: 2, colourType: 3, methods: [0, 0, 1] }),
      pngChunk("tEXt", bytes("a\0b")),
      pngChunk("PLTE", palette),
      pngChunk("tRNS", clear),
      pngChunk("iCCP", bytes("name\0\0", stream)),
    ];
    expect(headerOf(...before)).toEqual({
      ok: true,
      value: {
        ...{ width: 300, height: 200, bitDepth: 2, colourType: 3, interlaced: true },
        ...{ palette, transparency: clear, compressedIcc: new Uint8Array(stream) },
        dataAt: png(...before).length,
      },
    });
    expect(headerOf(pngHeader())).toEqual({
      ok: true,
      value: {
        ...{ width: 24, height: 16, bitDepth: 8, colourType: 2, interlaced: false },
        ...{ palette: new Uint8Array(0), dataAt: 33 },
      },
    });
  });

  test("is not read behind another signature", () => {
    const file = png(pngHeader(), idat);
    for (let at = 0; at < 8; at++)
      expect(readPngHeader(file.with(at, 0))).toEqual({
        ok: false,
        error: { reason: "unsupported_format" },
      });
  });

  test("begins with a whole IHDR", () => {
    const data = pngHeader().subarray(8, 21);
    expect(refusalOf(pngChunk("IHDR", data))).toBe("read");
    expect(refusalOf(pngChunk("IHDX", data))).toEqual(corrupt("IHDR missing"));
    expect(refusalOf(pngChunk("IHDR", data.subarray(1)))).toEqual(corrupt("IHDR missing"));
    expect(refusalOf(pngChunk("IHDR", bytes(data, 0)))).toEqual(corrupt("IHDR missing"));
    expect(refusalOf(withWrongCrc(pngHeader()))).toEqual(corrupt("CRC of IHDR"));
    expect(readPngHeader(png(pngHeader().subarray(0, 20)))).toMatchObject({
      error: { reason: "truncated_image" },
    });
  });

  test("has a colour type and as many bits as PNG allows it", () => {
    const allowed: string[] = [];
    for (let colourType = 0; colourType < 8; colourType++)
      for (let bitDepth = 0; bitDepth < 20; bitDepth++) {
        const palette = pngChunk("PLTE", bytes(1, 2, 3));
        const refusal = refusalOf(pngHeader({ bitDepth, colourType }), palette);
        if (refusal === "read") allowed.push(`${colourType}:${bitDepth}`);
      }
    expect(allowed.join(" ")).toBe(
      "0:1 0:2 0:4 0:8 0:16 2:8 2:16 3:1 3:2 3:4 3:8 4:8 4:16 6:8 6:16",
    );
  });

  test("has the methods that there are", () => {
    expect(refusalOf(pngHeader({ methods: [0, 0, 1] }))).toBe("read");
    for (const methods of [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 2],
    ] as const)
      expect(refusalOf(pngHeader({ methods }))).toEqual(corrupt("unknown method in IHDR"));
  });

  test("has sides and pixels within the limits", () => {
    const of = (width: number, height: number) => refusalOf(pngHeader({ width, height }));
    const tooLarge = (width: number, height: number) => ({
      ...{ reason: "image_too_large", detail: "sides or pixels over the limit" },
      ...{ width, height },
    });
    const side = limits.sourceSideMax;
    const rows = Math.floor(limits.sourcePixelsMax / side);
    expect(of(side, 1)).toBe("read");
    expect(of(1, side)).toBe("read");
    expect(of(side, rows)).toBe("read");
    expect(of(6500, limits.sourcePixelsMax / 6500)).toBe("read");
    expect(of(side + 1, 1)).toEqual(tooLarge(side + 1, 1));
    expect(of(1, side + 1)).toEqual(tooLarge(1, side + 1));
    expect(of(side, rows + 1)).toEqual(tooLarge(side, rows + 1));
    expect(of(0, 5)).toEqual(corrupt("a side of 0"));
    expect(of(5, 0)).toEqual(corrupt("a side of 0"));
  });

  test("ends with the pixels", () => {
    expect(refusalOf(pngHeader(), pngChunk("IEND"))).toEqual(corrupt("IEND before any IDAT"));
    expect(readPngHeader(png(pngHeader()))).toEqual({
      ok: false,
      error: truncated("between chunks"),
    });
  });

  test("has no critical chunk that is unknown", () => {
    expect(refusalOf(pngHeader(), pngChunk("ABCD"))).toEqual(
      corrupt('unknown critical chunk "ABCD"'),
    );
    expect(refusalOf(pngHeader(), pngChunk("aBCD"))).toBe("read");
    expect(refusalOf(pngHeader({ colourType: 0 }), pngChunk("PLTE"))).toBe("read");
  });
});

describe("a palette", () => {
  const indexed = pngHeader({ colourType: 3 });
  const of = (length: number) => pngChunk("PLTE", new Uint8Array(length));

  test("has 1 to 256 colours, once", () => {
    expect(refusalOf(indexed, of(3))).toBe("read");
    expect(refusalOf(indexed, of(768))).toBe("read");
    for (const length of [0, 4, 5, 771])
      expect(refusalOf(indexed, of(length))).toEqual(corrupt("palette length"));
    expect(refusalOf(indexed, of(3), of(3))).toEqual(corrupt("two palettes"));
    expect(refusalOf(indexed)).toEqual(corrupt("palette missing"));
    expect(refusalOf(indexed, withWrongCrc(of(3)))).toEqual(corrupt("CRC of PLTE"));
  });

  test("is only suggested where the colour type has none, and not read", () => {
    for (const plte of [of(3), of(5), withWrongCrc(of(3))])
      expect(headerOf(pngHeader(), plte)).toMatchObject({ value: { palette: new Uint8Array(0) } });
  });
});

describe("transparency", () => {
  const clear = (length: number) => pngChunk("tRNS", new Uint8Array(length).fill(length));
  const lengthIn = (...chunks: readonly Uint8Array[]) => {
    const read = headerOf(...chunks);
    return read.ok ? read.value.transparency?.length : "refused";
  };

  test("has the length that its colour type wants, else it is ignored", () => {
    const lengths = [0, 1, 2, 3, 6, 8];
    const kept = (colourType: number, ...more: Uint8Array[]) =>
      lengths.map((length) => lengthIn(pngHeader({ colourType }), ...more, clear(length)));
    const none = undefined;
    expect(kept(0)).toEqual([none, none, 2, none, none, none]);
    expect(kept(2)).toEqual([none, none, none, none, 6, none]);
    expect(kept(3, pngChunk("PLTE", bytes(1, 2, 3, 4, 5, 6)))).toEqual([0, 1, 2, none, none, none]);
    expect(lengthIn(pngHeader({ colourType: 4 }))).toBe(none);
    expect(lengthIn(pngHeader({ colourType: 3 }), pngChunk("PLTE", bytes(1, 2, 3)))).toBe(none);
  });

  test("that is damaged does not replace what was read before", () => {
    expect(lengthIn(pngHeader(), clear(6), withWrongCrc(clear(2)))).toBe(6);
    expect(lengthIn(pngHeader(), withWrongCrc(clear(6)))).toBeUndefined();
  });
});

describe("a profile's stream", () => {
  const profile = (...data: readonly (string | number | Uint8Array)[]) =>
    pngChunk("iCCP", bytes(...data));
  const streamIn = (...chunks: readonly Uint8Array[]) => {
    const read = headerOf(pngHeader(), ...chunks);
    return read.ok ? read.value.compressedIcc : "refused";
  };

  test("follows a name of 1 to 79 bytes, a zero and the method", () => {
    const whole = bytes("stream");
    expect(streamIn(profile("n\0\0", whole))).toEqual(whole);
    expect(streamIn(profile("n".repeat(79), "\0\0", whole))).toEqual(whole);
    expect(streamIn(profile("n".repeat(80), "\0\0", whole))).toBeUndefined();
    expect(streamIn(profile("\0\0", whole))).toBeUndefined();
    expect(streamIn(profile("\0n\0\0", whole))).toBeUndefined();
    expect(streamIn(profile("n\0\x01", whole))).toBeUndefined();
    expect(streamIn(profile("name"))).toBeUndefined();
  });

  test("has at most metadataBytesMax", () => {
    const of = (length: number) => streamIn(profile("n\0\0", new Uint8Array(length)));
    expect(of(limits.metadataBytesMax)).toHaveLength(limits.metadataBytesMax);
    expect(of(limits.metadataBytesMax + 1)).toBeUndefined();
  });

  test("that is damaged or none does not replace what was read before", () => {
    const first = profile("n\0\0first");
    expect(streamIn(first, withWrongCrc(profile("n\0\0second")))).toEqual(bytes("first"));
    expect(streamIn(first, profile("none"))).toEqual(bytes("first"));
    expect(streamIn(first, profile("n\0\0second"))).toEqual(bytes("second"));
  });
});
