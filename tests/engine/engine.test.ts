import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { limits } from "../../core/limits.ts";
import type { RenderTransform } from "../../core/transform/transform.ts";
import type { Stage } from "../../engine/stages.ts";
import { newRenderer } from "./renderer.ts";
import { decode, file, psnr, read, scene } from "./scene.ts";

const small = await file(read(scene(120, 80)).jpeg());

const outputs: readonly Partial<RenderTransform>[] = [
  { width: 100, format: "jpeg" },
  { width: 80, format: "webp" },
  { width: 70, height: 70, fit: "cover", blur: 2, sharpen: 1 },
  { width: 90, format: "avif" },
  { width: 75, gravity: "auto", height: 75, fit: "cover", format: "json" },
];

describe("work", () => {
  test("for several outputs decodes once, looks once, and bills it once", async () => {
    const stages: Stage[] = [];
    const { render } = newRenderer({ onStage: (stage) => stages.push(stage) });
    const { renditions } = await render(small, ...outputs);
    expect(renditions.map(({ width, format }) => `${width} ${format}`)).toEqual([
      "100 jpeg",
      "80 webp",
      "70 png",
      "90 avif",
      "75 json",
    ]);
    const each: readonly Stage[] = ["resize", "effects", "encode"];
    // The first goes from planes to the file: nothing of it is ever pixels.
    const direct: readonly Stage[] = ["resize", "encode"];
    const all = renditions.flatMap((_, index) => (index === 0 ? direct : each));
    expect(stages).toEqual(["decode", "analysis", ...all]);
  });

  test("leaves no trace: outputs are the same alone and together, again and in a new engine", async () => {
    const { render } = newRenderer();
    const together = await render(small, ...outputs);
    await render(await file(read(scene(300, 200)).webp()), { width: 90, format: "jpeg" });
    const again = await render(small, ...outputs);
    const alone = await Promise.all(outputs.map((output) => newRenderer().render(small, output)));
    expect(again.renditions).toEqual(together.renditions);
    expect(alone.flatMap(({ renditions }) => renditions)).toEqual(together.renditions);
    expect(again.computeUnits).toBe(together.computeUnits);
  });

  test("beside a larger output decodes more pixels for a small one, and gives the same to the eye", async () => {
    const { renderOne, render } = newRenderer();
    const alone = await renderOne(small, { width: 30 });
    const { renditions } = await render(small, { width: 30 }, { width: 120 });
    const beside = await decode(renditions[0]?.bytes ?? new Uint8Array());
    expect(psnr(beside, alone.samples)).toBeGreaterThan(32);
  });

  test("of one output as large as its source is done in place, to the same effect", async () => {
    for (const options of [{}, { blur: 1 }, { saturation: 0, format: "webp" }] as const) {
      const { render } = newRenderer();
      const alone = await render(small, options);
      const beside = await render(small, options, { width: 10 });
      expect(alone.renditions[0]).toEqual(beside.renditions[0]);
    }
    const { samples } = await newRenderer().renderOne(small);
    expect(psnr(samples, await decode(small))).toBeGreaterThan(50);
  });

  test("does not touch the bytes it was given", async () => {
    const before = small.slice();
    await newRenderer().render(small, ...outputs);
    expect(small).toEqual(before);
  });

  test("takes bytes from anywhere inside a buffer", async () => {
    const shifted = new Uint8Array(small.length + 13).subarray(7, 7 + small.length);
    shifted.set(small);
    const { render } = newRenderer();
    expect((await render(shifted, {})).renditions).toEqual((await render(small, {})).renditions);
  });
});

describe("time", () => {
  test("is measured by the clock given", async () => {
    let time = 1000;
    const { render } = newRenderer({ now: () => time, onStage: () => (time += 5) });
    expect((await render(small, { width: 60 })).millis).toBe(20);
  });

  test.each(["decode", "resize", "effects"] as const)(
    "that runs out during %s ends the render before the next stage",
    async (slow) => {
      let time = 0;
      const seen: Stage[] = [];
      const onStage = (stage: Stage) => {
        seen.push(stage);
        if (stage === slow) time += limits.renderMillisMax + 1;
      };
      const { refusal } = newRenderer({ now: () => time, onStage });
      const millisMax = limits.renderMillisMax;
      expect(await refusal(small, { width: 60 })).toEqual({ reason: "render_timeout", millisMax });
      expect(seen.at(-1)).toBe(slow);
    },
  );
});

test("The memory that a large picture took is given back before the next one", async () => {
  const { render } = newRenderer();
  const flat = sharp({ create: { width: 4000, height: 3200, channels: 3, background: "teal" } });
  const atLarge = await render(await file(flat.jpeg()), { width: 3900, format: "jpeg" });
  const atSmall = await render(small, { width: 60 });
  expect(atLarge.peakWasmBytes).toBeGreaterThan(limits.wasmIdleBytesMax);
  expect(atSmall.peakWasmBytes).toBeLessThan(4_000_000);
});
