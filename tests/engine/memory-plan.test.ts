import { expect, test } from "vitest";
import { planRender } from "../../core/transform/plan.ts";
import type { RenderTransform } from "../../core/transform/transform.ts";
import { loadEngineModules } from "../../engine/modules-node.ts";
import { createEngine } from "../../engine/render.ts";
import { fadingScene, file, read, scene, transform } from "./scene.ts";

const modules = await loadEngineModules();
const [width, height] = [1400, 1000];
const opaque = scene(width, height);
const fading = fadingScene(width, height);

const sources = {
  "baseline JPEG": () => file(read(opaque).jpeg()),
  "JPEG 4:4:4": () => file(read(opaque).jpeg({ chromaSubsampling: "4:4:4" })),
  "progressive JPEG 4:4:4": () =>
    file(read(opaque).jpeg({ progressive: true, chromaSubsampling: "4:4:4" })),
  "progressive CMYK JPEG": () =>
    file(
      read(opaque).toColourspace("cmyk").jpeg({ progressive: true, chromaSubsampling: "4:4:4" }),
    ),
  "RGBA PNG": () => file(read(fading).png({ compressionLevel: 1 })),
  "16-bit RGBA PNG": () => file(read(fading).toColourspace("rgb16").png({ compressionLevel: 1 })),
  "lossy WebP with alpha": () => file(read(fading).webp({ effort: 0 })),
  "lossless WebP": () => file(read(opaque).webp({ lossless: true, effort: 0 })),
  GIF: () => file(read(opaque).gif({ effort: 1 })),
};

const outputs: Record<string, Partial<RenderTransform>> = {
  "a small JPEG": { width: 200, format: "jpeg" },
  "half its size": { width: 700, format: "jpeg" },
  "a wide crop, turned": { width: 500, height: 1300, fit: "cover", rotate: 90, format: "jpeg" },
  "a PNG as large": { format: "png" },
  "a WebP as large": { format: "webp" },
  "a finest JPEG as large": { format: "jpeg", quality: 100 },
  "an enlarged JPEG": { width: 1900, fit: "contain", format: "jpeg" },
};

const [jpeg] = Object.values(sources);
const cases = [
  ...Object.entries(sources).map(([name, source]) => ({ name, source, to: "a small JPEG" })),
  ...Object.keys(outputs).map((to) => ({ name: "baseline JPEG", source: jpeg, to })),
];

test.each(cases)("$name to $to stays within its plan, which is no exaggeration", async (row) => {
  const source = (await row.source?.()) ?? new Uint8Array();
  const transforms = [transform(outputs[row.to])];

  const result = await createEngine(modules).render(source, transforms);

  if (!result.ok) throw new Error(result.error.reason);
  const plan = planRender(result.value.source, transforms, source.length);
  if (!plan.ok) throw new Error(plan.error.reason);
  expect(result.value.peakWasmBytes).toBeLessThanOrEqual(plan.value.peakWasmBytes);
  expect(result.value.peakWasmBytes).toBeGreaterThan(0.5 * plan.value.peakWasmBytes);
  expect(result.value.computeUnits).toBe(plan.value.computeUnits);
});
