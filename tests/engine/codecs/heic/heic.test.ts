import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { heicGrid, heicSample } from "../../../../bench/fuzz/heic-seeds.ts";
import { libheifMemory } from "../../../../core/image/heic/format.ts";
import { childrenOf } from "../../../../core/image/heif/boxes.ts";
import type { ImageInfo } from "../../../../core/image/image-info.ts";
import { probe } from "../../../../core/image/probe.ts";
import { refusalProblem } from "../../../../core/image/refusal-problem.ts";
import { HeicDecoder } from "../../../../engine/codecs/heic/decoder.ts";
import { loadHeicLibrary } from "../../../../engine/modules-node.ts";
import { box, bytes, ftyp, ispe, u16, u32 } from "../../../core/image/made-headers.ts";
import { decode, decoded, outcome } from "../codecs.ts";

const newDecoder = async () => new HeicDecoder(await loadHeicLibrary());

const file = existsSync(heicSample) ? new Uint8Array(readFileSync(heicSample)) : undefined;

function infoOf(heic: Uint8Array): ImageInfo {
  const answer = probe(heic, true);
  if (answer.kind !== "image") throw new Error(JSON.stringify(answer));
  return answer.info;
}

describe.skipIf(!file)("a HEIC file of the corpus", () => {
  const heic = file ?? new Uint8Array();

  test("is decoded", async () => {
    const info = infoOf(heic);
    expect(info).toMatchObject({ format: "heic", width: 128, height: 128, bitDepth: 8 });
    const whole = decoded(await newDecoder(), heic, { info });
    expect(whole).toMatchObject({ width: 128, height: 128, samples: "planes" });
    // A face: brighter than the background behind it.
    expect(new Set(whole.rgba).size).toBeGreaterThan(200);
  });

  test("is decoded tile by tile where it is a grid", async () => {
    const grid = heicGrid(heic) ?? new Uint8Array();
    const info = infoOf(grid);
    expect(info).toMatchObject({ width: 250, height: 240, partPixels: 128 * 128 });
    const tile = decoded(await newDecoder(), heic, { info: infoOf(heic) });
    const whole = decoded(await newDecoder(), grid, { info });
    for (const [x, y] of [
      [0, 0],
      [120, 5],
      [140, 9],
      [238, 228],
      [140, 200],
    ] as const) {
      const at = 4 * (y * 250 + x);
      const same = 4 * ((y % 128) * 128 + (x % 128));
      expect(whole.rgba.subarray(at, at + 4)).toEqual(tile.rgba.subarray(same, same + 4));
    }
  });

  test("is refused where it is damaged, cut off or of another size", async () => {
    const info = infoOf(heic);
    const decoder = await newDecoder();
    expect(outcome(decoder, heic.subarray(0, heic.length - 200), info)).toBe("corrupt_image");
    expect(outcome(decoder, heic, { ...info, width: 127 })).toBe("corrupt_image");
    for (let at = 8; at < heic.length; at += 61) {
      const damaged = heic.slice();
      damaged.fill(0xff, at, at + 3);
      expect(["decoded", "corrupt_image", "render_crashed", "over_memory_plan"]).toContain(
        outcome(decoder, damaged, info),
      );
    }
    expect(outcome(decoder, heic, info)).toBe("decoded");
  });

  test("stays in its planned memory", async () => {
    const decoder = await newDecoder();
    decoded(decoder, heic, { info: infoOf(heic) });
    expect(decoder.wasmBytes).toBeLessThanOrEqual(libheifMemory(infoOf(heic), heic.length));
  });
});

/** A header as an iPhone writes it, with no pixels behind it. */
const header = (...properties: readonly Uint8Array[]): Uint8Array => {
  const hvcC = box("hvcC", new Uint8Array(16), 1, 0, 0, new Uint8Array(4));
  const inside = [ispe(4032, 3024), hvcC, ...properties];
  const ipma = box(
    "ipma",
    u32(0),
    u32(1),
    u16(1),
    inside.length,
    ...inside.map((_, index) => index + 1),
  );
  return bytes(
    ftyp("heic", "mif1", "heic"),
    box("meta", u32(0), box("pitm", u32(0), u16(1)), box("iprp", box("ipco", ...inside), ipma)),
  );
};

test("a header is read: size, depth, orientation", () => {
  expect(infoOf(header(box("irot", 3)))).toMatchObject({
    format: "heic",
    width: 4032,
    height: 3024,
    orientation: 6,
    bitDepth: 8,
    samplesPerPixel: 1.5,
    hasAlpha: false,
  });
  expect(childrenOf(header()).map(({ type }) => type)).toEqual(["ftyp", "meta"]);
});

test("where HEIC is switched off, a picture is refused by name, with how to switch it on", () => {
  const heic = header();
  const result = decode(new HeicDecoder(undefined), heic, { info: infoOf(heic) });
  if (result.ok) throw new Error("decoded");
  const { code, status, detail } = refusalProblem(result.error);
  expect({ code, status }).toEqual({ code: "unsupported-format", status: 415 });
  expect(detail).toMatch(/HEIC picture.*docs\/heic\.md.*Send JPEG, PNG, WebP, GIF or AVIF/);
});
