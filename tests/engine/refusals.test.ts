import { deflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { Refusal } from "../../core/image/refusal.ts";
import { limits } from "../../core/limits.ts";
import type { RenderTransform } from "../../core/transform/transform.ts";
import { loadEngineModules } from "../../engine/modules-node.ts";
import { createEngine } from "../../engine/render.ts";
import type { Stage } from "../../engine/stages.ts";
import {
  av1C,
  avif,
  frameHeader,
  gif,
  gifPicture,
  ispe,
  jpeg,
  png,
  pngHeader,
  scanHeader,
  webp,
  webpCanvas,
  webpChunk,
  webpLossless,
  webpLossy,
} from "../core/image/made-headers.ts";
import { newRenderer } from "./renderer.ts";
import { file, read, scene, transform } from "./scene.ts";

const sound = await file(read(scene(96, 64)).jpeg());
const soundPng = await file(read(scene(96, 64)).png());
const everyFormat: readonly Partial<RenderTransform>[] = [
  { width: 40, format: "jpeg" },
  { width: 40 },
  { width: 40, format: "webp" },
  { width: 40, format: "avif" },
];
const { renditions: expected } = await newRenderer().render(sound, ...everyFormat);
const { renditions: expectedOfPng } = await newRenderer().render(soundPng, ...everyFormat);

const dot = new Uint8Array(3 * 1000 * 1000).fill(255);
for (let y = 500; y < 516; y++) dot.fill(0, 3 * (1000 * y + 500), 3 * (1000 * y + 510));
const dotted = await file(
  read({ data: dot, info: { width: 1000, height: 1000, channels: 3 } }).png(),
);

interface Case {
  readonly reason: Refusal["reason"];
  readonly source: Uint8Array;
  readonly options?: Partial<RenderTransform>;
}
const border = { by: "border", tolerance: 10, keep: 0 } as const;
const damaged = soundPng.slice();
damaged[damaged.length >> 1] = 0x55 ^ (damaged[damaged.length >> 1] ?? 0);

/** A sound progressive picture whose last scan comes again and again. */
const progressive = await file(read(scene(96, 64)).jpeg({ progressive: true }));
const lastScan = progressive.slice(Buffer.from(progressive).lastIndexOf("\xff\xda", "latin1"), -2);
const scans = Array.from({ length: limits.jpegScansMax + 1 }, () => lastScan);
const manyScans = new Uint8Array(
  Buffer.concat([progressive.subarray(0, -2), ...scans, progressive.subarray(-2)]),
);

const cases: readonly Case[] = [
  { reason: "unsupported_format", source: new TextEncoder().encode("%PDF-1.7 …") },
  { reason: "truncated_image", source: sound.subarray(0, -2) },
  { reason: "truncated_image", source: soundPng.subarray(0, -13) },
  { reason: "corrupt_image", source: damaged },
  { reason: "corrupt_image", source: manyScans },
  { reason: "image_too_large", source: png(pngHeader({ width: 60_000, height: 60_000 })) },
  {
    reason: "over_memory_plan",
    source: await file(read(scene(1000, 800)).webp()),
    options: { width: 3800, fit: "contain", sharpen: 1 },
  },
  { reason: "output_too_large", source: sound, options: { width: 12_001, fit: "contain" } },
  {
    reason: "trimmed_away",
    source: sound,
    options: { trim: { by: "sides", left: 48, right: 48, top: 0, bottom: 0 } },
  },
  { reason: "over_max_bytes", source: sound, options: { format: "jpeg", bytesMax: 300 } },
  // What is left when the border is gone is higher, and so is what is made of it.
  {
    reason: "over_memory_plan",
    source: dotted,
    options: { width: 2800, fit: "contain", sharpen: 1, format: "jpeg", trim: border },
  },
];

describe.each(cases.map((each, index) => ({ ...each, index })))(
  "$reason ($index)",
  ({ reason, source, options }) => {
    test("is said, and the next picture is rendered as by a fresh engine", async () => {
      const { refusal, render } = newRenderer();
      await render(sound, ...everyFormat);
      // Beside others that could be rendered: all or nothing.
      const refused = await refusal(source, { width: 10, format: "webp" }, { ...options });
      expect(refused.reason).toBe(reason);
      expect((await render(sound, ...everyFormat)).renditions).toEqual(expected);
      expect((await render(soundPng, ...everyFormat)).renditions).toEqual(expectedOfPng);
    });
  },
);

describe.each([
  { name: "a codec's trap", error: new WebAssembly.RuntimeError("unreachable") },
  { name: "memory that cannot grow", error: new RangeError("WebAssembly.Memory.grow()") },
])("$name", ({ error }) => {
  test("is a refusal that names the stage; the next picture is unharmed", async () => {
    const modules = await loadEngineModules();
    let isBroken = false;
    const engine = createEngine({
      ...modules,
      deflate(bytes, options) {
        if (isBroken) throw error;
        return deflateSync(bytes, options);
      },
    });
    const render = () => engine.render(sound, everyFormat.map(transform));
    // What earlier pictures left in the engine must not outlive the fault either.
    expect((await render()).ok).toBe(true);
    isBroken = true;
    const result = await render();
    expect(result).toMatchObject({ ok: false, error: { reason: "render_crashed" } });
    expect(!result.ok && result.error.reason === "render_crashed" && result.error.stage).toMatch(
      /encode/,
    );
    isBroken = false;
    const next = await render();
    expect(next.ok && next.value.renditions).toEqual(expected);
  });
});

test("A mistake of ours is no refusal", async () => {
  const modules = await loadEngineModules();
  const deflate = () => {
    throw new TypeError("undefined is not a function");
  };
  const rendering = createEngine({ ...modules, deflate }).render(sound, [transform()]);
  await expect(rendering).rejects.toThrow(TypeError);
});

describe("bombs are refused before any stage begins", () => {
  const huge = { width: 7000, height: 7000 };
  test.each<[string, Uint8Array, Refusal["reason"]]>([
    ["a PNG's sides", png(pngHeader({ width: 65_536, height: 10 })), "image_too_large"],
    ["a PNG's pixels", png(pngHeader({ width: 60_000, height: 60_000 })), "image_too_large"],
    [
      "a JPEG's pixels",
      jpeg(frameHeader({ width: 65_000, height: 65_000 }), scanHeader()),
      "image_too_large",
    ],
    [
      "a progressive JPEG of inks",
      jpeg(
        frameHeader({ ...huge, marker: 0xc2, sampling: [0x11, 0x11, 0x11, 0x11] }),
        scanHeader(),
      ),
      "over_memory_plan",
    ],
    [
      "a JPEG of inks that lie closer than its first one",
      jpeg(
        frameHeader({
          width: 4900,
          height: 4900,
          marker: 0xc2,
          sampling: [0x22, 0x44, 0x44, 0x22],
        }),
        scanHeader(),
      ),
      "over_memory_plan",
    ],
    [
      "a lossy WebP with alpha",
      webp(
        webpCanvas(0x10, 7000, 7000),
        webpChunk("ALPH", Uint8Array.of(1)),
        webpLossy(7000, 7000),
      ),
      "over_memory_plan",
    ],
    ["a lossless WebP", webp(webpLossless(7000, 7000)), "over_memory_plan"],
    ["a GIF's screen", gif(7000, 7000, gifPicture([0, 0, 10, 10])), "over_memory_plan"],
    ["a GIF's frame", gif(10, 10, gifPicture([60_000, 0, 7000, 7000])), "image_too_large"],
    ["an AVIF", avif([ispe(3000, 2600), av1C]), "over_memory_plan"],
  ])("%s", async (_, source, reason) => {
    const stages: Stage[] = [];
    const { refusal } = newRenderer({ onStage: (stage) => stages.push(stage) });
    const refused = await refusal(source, { width: 60, format: "jpeg" });
    const overMemory = { reason, bytesMax: limits.wasmBytesMax };
    expect(refused).toMatchObject(reason === "over_memory_plan" ? overMemory : { reason });
    expect("bytes" in refused ? refused.bytes : Infinity).toBeGreaterThan(limits.wasmBytesMax);
    expect(stages).toEqual([]);
  });
});
