import sharp from "sharp";
import { afterEach, describe, expect, test, vi } from "vitest";
import { probe } from "../../core/image/probe.ts";
import { limits } from "../../core/limits.ts";
import { planRender } from "../../core/plan/plan.ts";
import type { RenderTransform } from "../../core/transform/transform.ts";
import { loadEngineModules } from "../../engine/modules-node.ts";
import { createEngine } from "../../engine/render.ts";
import { jpegIccSegments } from "../../engine/codecs/jpeg/syntax/icc.ts";
import type { Stage } from "../../engine/stages.ts";
import { file, read, scene, transform } from "./scene.ts";

const modules = await loadEngineModules();
const picture = scene(24, 16);
const png = await file(read(picture).png());
const jpeg = await file(read(scene(120, 80)).jpeg());

/** An engine, the stages of its renders, and how many codecs each of them has made. */
function newEngine() {
  const stages: Stage[] = [];
  const engine = createEngine(modules, { now: () => 0, onStage: (stage) => stages.push(stage) });
  const instances = vi.spyOn(WebAssembly, "Instance");
  async function render(source: Uint8Array, ...outputs: readonly Partial<RenderTransform>[]) {
    instances.mockClear();
    stages.length = 0;
    const result = await engine.render(source, outputs.map(transform));
    return { result, made: instances.mock.calls.length, stages: [...stages] };
  }
  return { engine, render };
}
type Result = Awaited<ReturnType<ReturnType<typeof newEngine>["render"]>>["result"];

function valueOf(result: Result) {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

afterEach(() => void vi.restoreAllMocks());

describe("codecs", () => {
  test("are kept from one render to the next that ends well", async () => {
    const { render } = newEngine();
    expect((await render(png, {})).made).toBeGreaterThan(0);
    expect((await render(png, {})).made).toBe(0);
    expect((await render(png, {}, { width: 7 })).made).toBe(0);
  });

  test("are not kept after a refusal that they have seen, and are after one before that", async () => {
    const { render } = newEngine();
    await render(png, {});
    expect((await render(png.subarray(0, 20), {})).result.ok).toBe(false);
    expect((await render(png, { width: 20_000, fit: "contain" })).result.ok).toBe(false);
    expect((await render(png, {})).made).toBe(0);
    expect((await render(png.subarray(0, -20), {})).result.ok).toBe(false);
    expect((await render(png, {})).made).toBeGreaterThan(0);
  });

  test("are not kept where the next render would take too much together with them", async () => {
    const { render } = newEngine();
    const flat = (width: number, height: number) =>
      file(sharp({ create: { width, height, channels: 3, background: "teal" } }).jpeg());
    const asPixels = { format: "jpeg", blur: 0.5 } as const;
    const first = await render(await flat(3000, 2600), { ...asPixels, width: 2900 });
    expect(valueOf(first.result).peakWasmBytes).toBeLessThan(limits.wasmIdleBytesMax);
    expect((await render(jpeg, asPixels)).made).toBe(0);
    const second = await render(await flat(4000, 3200), { ...asPixels, width: 3900 });
    expect(second.made).toBeGreaterThan(0);
    expect(valueOf(second.result).peakWasmBytes).toBeGreaterThan(limits.wasmIdleBytesMax);
    expect((await render(jpeg, asPixels)).made).toBeGreaterThan(0);
  });

  test("hold no more after many renders than after one", async () => {
    const { render } = newEngine();
    const options = [
      {},
      { width: 9, format: "jpeg" },
      { rotate: 90, blur: 1, fit: "pad", width: 40, height: 40 },
    ] as const;
    const held: number[] = [];
    for (let round = 0; round < 30; round++) {
      for (const source of [png, jpeg]) {
        held.push(valueOf((await render(source, ...options)).result).peakWasmBytes);
        held.push(valueOf((await render(source, {})).result).peakWasmBytes);
        held.push(
          valueOf((await render(source, { format: "jpeg", width: 20 })).result).peakWasmBytes,
        );
      }
    }
    expect(held.at(-1)).toBe(held[6]);
  });
});

describe("a render", () => {
  test("says what the source is, what it costs, and how large each rendition is", async () => {
    const { render } = newEngine();
    const outputs = [{ width: 12 }, { width: 6, format: "jpeg" }] as const;
    const value = valueOf((await render(png, ...outputs)).result);
    const answer = probe(png, true);
    if (answer.kind !== "image") throw new Error(answer.kind);
    const plan = planRender(answer.info, outputs.map(transform), png.length);
    expect(value).toMatchObject({
      source: answer.info,
      computeUnits: plan.ok && plan.value.computeUnits,
      millis: 0,
    });
    expect("overlay" in value).toBe(false);
    const described = value.renditions.map(({ bytes: _bytes, ...rest }) => rest);
    expect(described).toEqual([
      { width: 12, height: 8, format: "png" },
      { width: 6, height: 4, format: "jpeg" },
    ]);
  });

  test("of an overlay says what that is", async () => {
    const { engine } = newEngine();
    const value = valueOf(await engine.render(png, [transform({ overlay: {} })], jpeg));
    expect(value.overlay).toMatchObject({ format: "jpeg", width: 120, height: 80 });
  });

  test("of a JPEG as a JPEG is never pixels, unless something changes them", async () => {
    const { render } = newEngine();
    const direct = ["decode", "resize", "encode"];
    const throughPixels = ["decode", "resize", "effects", "encode"];
    expect((await render(jpeg, { format: "jpeg", width: 30 })).stages).toEqual(direct);
    expect((await render(jpeg, { format: "jpeg", width: 30, blur: 1 })).stages).toEqual(
      throughPixels,
    );
    expect((await render(jpeg, { width: 30 })).stages).toEqual(throughPixels);
    expect((await render(png, { format: "jpeg" })).stages).toEqual(throughPixels);
  });

  test("looks at the picture only where an output depends on what it shows", async () => {
    const { render } = newEngine();
    const auto = { width: 8, height: 8, fit: "cover", gravity: "auto" } as const;
    expect(
      (await render(png, {}, auto)).stages.filter((stage) => stage === "analysis"),
    ).toHaveLength(1);
    expect((await render(png, {}, { ...auto, gravity: { x: 0, y: 0 } })).stages).not.toContain(
      "analysis",
    );
  });

  test("carries metadata where an output asks for it", async () => {
    const { render } = newEngine();
    const exif = { IFD0: { Copyright: "me" } };
    const source = await file(read(picture).withExif(exif).jpeg());
    const { renditions } = valueOf(
      (
        await render(
          source,
          { format: "jpeg", metadata: "none" },
          { format: "jpeg", metadata: "copyright" },
          { format: "jpeg", metadata: "copyright", blur: 1 },
        )
      ).result,
    );
    const carried = renditions.map(({ bytes }) => Buffer.from(bytes).includes("me\0"));
    expect(carried).toEqual([false, true, true]);
    const alone = valueOf((await render(source, { format: "jpeg", metadata: "copyright" })).result);
    expect(Buffer.from(alone.renditions[0]?.bytes ?? []).includes("me\0")).toBe(true);
    const gif = await file(read(picture).gif());
    expect((await render(gif, { format: "jpeg", metadata: "keep" })).result.ok).toBe(true);
  });

  test("carries a profile that cannot be converted, through pixels or not", async () => {
    const { render } = newEngine();
    const icc = new Uint8Array(160);
    // RGB by tables: space, connection space, signature, one tag.
    icc.set(Buffer.from("RGB XYZ "), 16);
    icc.set(Buffer.from("acsp"), 36);
    icc.set([...[0, 0, 0, 1], ...Buffer.from("A2B0"), ...[0, 0, 0, 144], ...[0, 0, 0, 16]], 128);
    const source = Uint8Array.from([
      ...jpeg.subarray(0, 2),
      ...jpegIccSegments(icc),
      ...jpeg.subarray(2),
    ]);
    const { result } = await render(
      source,
      { format: "jpeg" },
      { format: "jpeg", blur: 1 },
      { format: "webp" },
    );
    for (const { bytes } of valueOf(result).renditions) {
      expect(Buffer.from(bytes).includes(icc)).toBe(true);
    }
    expect(valueOf(result).renditions).toHaveLength(3);
  });
});

describe("damage that shows in the middle", () => {
  const cut = jpeg.subarray(0, Math.floor(jpeg.length * 0.6));
  const allow = { partial: "allow", format: "jpeg" } as const;

  test("voids what was made, and all is decoded again as pixels", async () => {
    const { render } = newEngine();
    const { result, stages } = await render(cut, allow);
    expect(valueOf(result).renditions).toMatchObject([{ width: 120, height: 80, partial: true }]);
    expect(stages).toEqual(["decode", "resize", "encode", "decode", "resize", "effects", "encode"]);
    // A whole picture after it is no part of anything.
    expect(valueOf((await render(jpeg, allow)).result).renditions[0]).not.toHaveProperty("partial");
  });

  test("is refused where that is not allowed", async () => {
    const { render } = newEngine();
    expect((await render(cut, { format: "jpeg" })).result).toMatchObject({
      ok: false,
      error: { reason: "truncated_image" },
    });
    // Nor where what is shown lies before it.
    const top = { by: "area", left: 0, top: 0, width: 120, height: 10 } as const;
    expect((await render(cut, { format: "jpeg", trim: top })).result).toMatchObject({
      ok: false,
      error: { reason: "truncated_image" },
    });
    const webp = await file(read(scene(64, 48)).webp());
    const broken = webp.slice();
    broken.fill(0xff, webp.length >> 1);
    expect((await render(broken, { width: 20 })).result.ok).toBe(false);
  });

  test("is refused where pixels would take too much memory", async () => {
    const { render } = newEngine();
    const size = { width: 4900, height: 3200 };
    const flat = sharp({ create: { ...size, channels: 3, background: "teal" } });
    const large = await file(flat.jpeg());
    const { result } = await render(large.subarray(0, large.length >> 1), {
      format: "jpeg",
      width: 4890,
    });
    expect(result).toMatchObject({ ok: false, error: { reason: "over_memory_plan" } });
  });
});

test("without a clock of its own an engine measures time", async () => {
  const value = valueOf(await createEngine(modules).render(png, [transform()]));
  expect(value.millis).toBeGreaterThan(0);
});
