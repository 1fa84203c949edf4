import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { limits } from "../../core/limits.ts";
import type { EngineModules } from "../../engine/codecs/codec-set.ts";
import { decodeOverlay, readOverlay } from "../../engine/decode-overlay.ts";
import { loadEngineModules } from "../../engine/modules-node.ts";
import type { Stage } from "../../engine/stages.ts";
import { decode, fadingScene, file, psnr, read, scene, turnedFile, type Samples } from "./scene.ts";

const modules = await loadEngineModules();
const jpeg = await file(read(scene(120, 80)).jpeg());

interface Decoding {
  readonly sourceBytes?: number;
  readonly stages?: Stage[];
  readonly of?: EngineModules;
}

function overlayOf(
  bytes: Uint8Array,
  { sourceBytes = 1000, stages = [], of = modules }: Decoding = {},
) {
  const source = readOverlay(bytes);
  if (!source.ok) return source;
  const onStage = (stage: Stage) => void stages.push(stage);
  return decodeOverlay(of, bytes, source.value, sourceBytes, { now: () => 0, onStage });
}

function pictureOf(bytes: Uint8Array): Samples & { opaque: boolean } {
  const overlay = overlayOf(bytes);
  if (!overlay.ok) throw new Error(JSON.stringify(overlay.error));
  const { width, height, rgba, opaque } = overlay.value;
  return { data: rgba, info: { width, height, channels: 4 }, opaque };
}

describe("an overlay", () => {
  test("is known by its header and the length of its file", () => {
    const source = readOverlay(jpeg);
    expect(source).toMatchObject({
      ok: true,
      value: { info: { width: 120, height: 80, format: "jpeg" }, bytes: jpeg.length },
    });
  });

  test("comes as upright pixels, whole, in one stage", async () => {
    const stages: Stage[] = [];
    const bytes = await turnedFile(scene(12, 8), 6);
    expect(overlayOf(bytes, { stages }).ok).toBe(true);
    expect(stages).toEqual(["decode"]);
    const picture = pictureOf(bytes);
    expect([picture.info.width, picture.info.height, picture.opaque]).toEqual([8, 12, true]);
    expect(psnr(picture, await decode(bytes))).toBe(Infinity);
    const fading = await file(read(fadingScene(12, 8)).png());
    expect(pictureOf(fading).opaque).toBe(false);
    expect(psnr(pictureOf(jpeg), await decode(jpeg))).toBeGreaterThan(45);
    // It holds nothing of the codecs' memory.
    expect(picture.data.buffer.byteLength).toBe(4 * 8 * 12);
  });

  test("comes in sRGB, whatever its profile", async () => {
    const vivid = {
      ...scene(60, 40),
      data: scene(60, 40).data.map((value) => (value < 128 ? 10 : value)),
    };
    const wide = await file(read(vivid).withIccProfile("p3").png());
    const plain = await file(read(vivid).png());
    expect(psnr(pictureOf(wide), await decode(wide))).toBeGreaterThan(40);
    expect(psnr(pictureOf(plain), await decode(plain))).toBe(Infinity);
  });
});

describe("an overlay is refused, and it is said to be the overlay,", () => {
  const refused = (bytes: Uint8Array, decoding?: Decoding) => {
    const overlay = overlayOf(bytes, decoding);
    return overlay.ok ? undefined : overlay.error;
  };

  test("where it is no picture", () => {
    expect(refused(Uint8Array.of(1, 2, 3))).toMatchObject({
      of: "overlay",
      reason: "unsupported_format",
    });
  });

  test("where it has too many pixels", async () => {
    const large = sharp({ create: { width: 2000, height: 1001, channels: 3, background: "teal" } });
    expect(refused(await file(large.png()))).toMatchObject({
      of: "overlay",
      reason: "image_too_large",
    });
  });

  test("where it is cut off, be it at its very end", async () => {
    const cutOff = { of: "overlay", reason: "truncated_image" };
    expect(refused(jpeg.subarray(0, -200))).toMatchObject(cutOff);
    expect(refused(jpeg.subarray(0, -2))).toMatchObject(cutOff);
    const png = await file(read(scene(30, 20)).png());
    expect(refused(png.subarray(0, -30))).toMatchObject(cutOff);
    const webp = await file(read(scene(60, 40)).webp());
    const broken = webp.slice();
    broken.fill(0xff, 60);
    expect(refused(broken)).toMatchObject({ of: "overlay" });
  });

  test("where it does not fit beside the source", () => {
    expect(refused(jpeg, { sourceBytes: limits.isolateBytesMax })).toMatchObject({
      reason: "over_memory_plan",
    });
  });
});

test("a mistake of ours is no refusal", () => {
  const of = { ...modules, pixels: {} as WebAssembly.Module };
  expect(() => overlayOf(jpeg, { of })).toThrow(TypeError);
});
