import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { limits } from "../../core/limits.ts";
import type { RenderTransform } from "../../core/transform/transform.ts";
import type { Rendered } from "../../engine/engine.ts";
import { loadEngineModules } from "../../engine/modules-node.ts";
import { createEngine } from "../../engine/render.ts";
import type { Stage } from "../../engine/stages.ts";
import { decode, fadingScene, file, psnr, read, scene, transform } from "./scene.ts";

const modules = await loadEngineModules();
const small = await file(read(scene(120, 80)).jpeg());

async function render(
  source: Uint8Array,
  outputs: readonly Partial<RenderTransform>[],
  engine = createEngine(modules),
): Promise<Rendered> {
  const result = await engine.render(source, outputs.map(transform));
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

describe("work", () => {
  const outputs: readonly Partial<RenderTransform>[] = [
    { width: 60, format: "jpeg" },
    { width: 40, format: "webp" },
    { width: 20, height: 20, fit: "cover", blur: 2, sharpen: 1 },
  ];

  test("for several outputs decodes once, and bills it once", async () => {
    const stages: Stage[] = [];
    const engine = createEngine(modules, { onStage: (stage) => stages.push(stage) });
    const { renditions } = await render(small, outputs, engine);
    expect(renditions.map(({ width, format }) => `${width} ${format}`)).toEqual([
      "60 jpeg",
      "40 webp",
      "20 png",
    ]);
    const each: readonly Stage[] = ["resize", "finish", "encode"];
    expect(stages).toEqual(["decode", ...each, ...each, ...each]);
  });

  test("leaves no trace: outputs are the same alone and together, again and in a new engine", async () => {
    const engine = createEngine(modules);
    const together = await render(small, outputs, engine);
    const again = await render(small, outputs, engine);
    const alone = await Promise.all(outputs.map((output) => render(small, [output])));
    expect(again.renditions).toEqual(together.renditions);
    expect(alone.flatMap(({ renditions }) => renditions)).toEqual(together.renditions);
    expect(again.computeUnits).toBe(together.computeUnits);
  });

  test("does not touch the bytes it was given", async () => {
    const before = small.slice();
    await render(small, outputs);
    expect(small).toEqual(before);
  });
});

describe("time", () => {
  test("is measured by the clock given", async () => {
    let time = 1000;
    const engine = createEngine(modules, { now: () => time, onStage: () => (time += 5) });
    expect((await render(small, [{ width: 60 }], engine)).millis).toBe(20);
  });

  test.each(["decode", "resize", "finish"] as const)(
    "that runs out during %s ends the render before the next stage",
    async (slow) => {
      let time = 0;
      const seen: Stage[] = [];
      const onStage = (stage: Stage) => {
        seen.push(stage);
        if (stage === slow) time += limits.renderMillisMax + 1;
      };
      const engine = createEngine(modules, { now: () => time, onStage });
      const result = await engine.render(small, [transform({ width: 60 })]);
      const millisMax = limits.renderMillisMax;
      expect(result).toEqual({ ok: false, error: { reason: "render_timeout", millisMax } });
      expect(seen.at(-1)).toBe(slow);
    },
  );
});

describe("memory", () => {
  test("that a large picture took is given back before the next one", async () => {
    const engine = createEngine(modules);
    const large = await file(
      sharp({ create: { width: 2600, height: 1700, channels: 3, background: "teal" } }).jpeg(),
    );
    const atLarge = await render(large, [{ width: 200 }], engine);
    const atSmall = await render(small, [{ width: 60 }], engine);
    expect(atLarge.peakWasmBytes).toBeGreaterThan(limits.wasmIdleBytesMax);
    expect(atSmall.peakWasmBytes).toBeLessThan(4_000_000);
  });

  test("over the plan is refused before a codec exists", async () => {
    const stages: Stage[] = [];
    const engine = createEngine(modules, { onStage: (stage) => stages.push(stage) });
    const bomb = await file(
      sharp({ create: { width: 4000, height: 3000, channels: 3, background: "red" } }).png(),
    );
    const result = await engine.render(bomb, [transform({ width: 60 })]);
    expect(result.ok || result.error.reason).toBe("over_memory_plan");
    expect(stages).toEqual([]);
  });
});

describe("what comes in", () => {
  test("loses its metadata", async () => {
    const source = await file(
      read(scene(60, 40))
        .withExif({ IFD0: { Copyright: "a name" }, IFD3: { GPSLatitude: "51/1 30/1 0/1" } })
        .withIccProfile("p3")
        .jpeg(),
    );
    const { renditions } = await render(source, [{ format: "jpeg" }, {}, { format: "webp" }]);
    for (const { bytes } of renditions) {
      const { exif, icc, xmp, orientation } = await sharp(bytes).metadata();
      expect({ exif, icc, xmp, orientation }).toEqual({});
    }
  });

  test.each(["gif", "webp"] as const)("as an animated %s gives its first frame", async (format) => {
    const frames = await Promise.all(
      ["#c81e28", "#0a1e28"].map((background) =>
        sharp({ create: { width: 40, height: 30, channels: 3, background } })
          .png()
          .toBuffer(),
      ),
    );
    const source = await file(sharp(frames, { join: { animated: true } }).toFormat(format));
    const { renditions, source: info } = await render(source, [{}]);
    expect(info.frames).toBe(2);
    const [rendition] = renditions;
    const { data, info: size } = await decode(rendition?.bytes ?? new Uint8Array());
    expect(size).toMatchObject({ width: 40, height: 30 });
    expect(Math.abs((data[0] ?? 0) - 0xc8)).toBeLessThan(6);
  });

  test("as a GIF smaller than its screen is placed on it", async () => {
    const frame = await file(
      sharp({ create: { width: 10, height: 10, channels: 3, background: "#00ff00" } }).gif(),
    );
    const view = new DataView(frame.buffer);
    view.setUint16(6, 30, true);
    view.setUint16(8, 20, true);
    const { renditions } = await render(frame, [{}]);
    const { data, info } = await decode(renditions[0]?.bytes ?? new Uint8Array());
    expect(info).toMatchObject({ width: 30, height: 20 });
    expect([...data.subarray(0, 4), ...data.subarray(-4)]).toEqual([0, 255, 0, 255, 0, 0, 0, 0]);
  });

  test("as CMYK comes out in its colours", async () => {
    const samples = scene(120, 80);
    const source = await file(read(samples).toColourspace("cmyk").jpeg({ quality: 95 }));
    const { renditions } = await render(source, [{}]);
    const rendered = await decode(renditions[0]?.bytes ?? new Uint8Array());
    // Without a colour profile CMYK is approximate; inverted or mistaken for RGB it is below 12.
    expect(psnr(rendered, await decode(source))).toBeGreaterThan(18);
  });

  test("as AVIF is refused by name", async () => {
    const avif = await file(read(fadingScene(32, 32)).avif({ effort: 0 }));
    const result = await createEngine(modules).render(avif, [transform()]);
    expect(result).toEqual({
      ok: false,
      error: { reason: "unsupported_format", detected: "an AVIF picture" },
    });
  });
});
