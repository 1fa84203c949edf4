import { expect, test } from "vitest";
import { renderTransform } from "../../../bench/render-transform.ts";
import type { ImageInfo } from "../../../core/image/image-info.ts";
import { peakMemory } from "../../../core/plan/memory.ts";
import { planOverlay, planRender } from "../../../core/plan/plan.ts";
import { pictureInfo } from "../image/picture-info.ts";

const sourceBytes = 100_000;
const overlay = { info: pictureInfo({ format: "png", width: 500, height: 400 }), bytes: 70_000 };

function peak(about: Partial<ImageInfo>, lists: readonly string[]) {
  const info = pictureInfo({ width: 800, height: 600, ...about });
  const drawn = lists.some((list) => list.includes("overlay")) ? { overlay } : {};
  const plan = planRender(info, lists.map(renderTransform), sourceBytes, drawn);
  if (!plan.ok) throw new Error(plan.error.reason);
  const { wasm, total } = peakMemory(info, plan.value, sourceBytes);
  expect(plan.value.peakWasmBytes).toBe(wasm);
  return [Math.round(wasm), Math.round(total)];
}

const png = { format: "png" } as const;
const gif = { format: "gif", frames: 4, width: 400, height: 300 } as const;

/**
 * Pinned, because another figure lets renders in or refuses them: it is changed on purpose, and held to the engine's
 * real memory by tests/engine/memory-plan.test.ts.
 */
test.each<[string, Partial<ImageInfo>, readonly string[], number, number]>([
  ["a JPEG as planes", {}, ["width=400,format=jpeg"], 2_184_951, 2_184_951],
  [
    "in scans, whose file is gone",
    { progressive: true },
    ["width=400,format=jpeg"],
    3_756_352,
    3_756_352,
  ],
  ["whose border is looked for", {}, ["width=400,format=jpeg,trim=border"], 5_303_658, 5_303_658],
  ["of inks as pixels", { colour: "cmyk" }, ["width=400,format=jpeg"], 3_905_743, 3_905_743],
  [
    "of inks in scans",
    { colour: "cmyk", progressive: true },
    ["width=99,format=jpeg"],
    2_324_571,
    2_324_571,
  ],
  [
    "of inks in scans, as large as it was",
    { colour: "cmyk", progressive: true },
    ["width=800,format=jpeg"],
    6_238_326,
    6_238_326,
  ],
  ["a JPEG at an eighth", {}, ["width=50,format=jpeg"], 767_610, 767_610],
  [
    "whose border is looked for in one of two outputs",
    {},
    ["width=400,format=jpeg,trim=border", "width=400,format=jpeg"],
    5_303_658,
    5_303_658,
  ],
  [
    "a GIF to a dot, most while it is decoded",
    { format: "gif" },
    ["width=9,format=jpeg"],
    2_257_196,
    2_400_000,
  ],
  ["turned", { orientation: 6 }, ["width=300,format=webp"], 21_546_448, 21_546_448],
  ["a PNG in place", png, ["format=png"], 3_711_786, 7_551_786],
  ["or made smaller", png, ["width=200,format=png"], 2_287_486, 2_527_486],
  ["or larger", png, ["width=1600,fit=contain,format=jpeg"], 17_039_129, 17_039_129],
  ["with a border", png, ["format=png,border=3"], 5_665_818, 9_573_306],
  ["padded", png, ["width=500,height=500,fit=pad,format=png"], 5_428_786, 7_428_786],
  [
    "padded at its sides alone",
    png,
    ["width=800,height=300,fit=pad,format=png"],
    5_131_586,
    7_051_586,
  ],
  ["or a quarter larger", png, ["width=1000,fit=contain,format=jpeg"], 8_609_879, 8_609_879],
  ["blurred", png, ["width=500,format=png,blur=9"], 4_869_586, 6_369_586],
  ["sharpened", png, ["width=500,format=png,sharpen=1"], 5_156_086, 6_656_086],
  ["squared", png, ["width=500,format=png,pixelate=9"], 4_428_786, 5_928_786],
  ["twice", png, ["width=500,format=webp", "width=400,format=avif"], 43_516_670, 43_516_670],
  ["as its own encoder", png, ["width=500,format=webp,quality=100"], 50_232_018, 50_232_018],
  ["with rounded corners", png, ["format=webp,border-radius=9"], 31_613_686, 31_613_686],
  ["with alpha", { ...png, hasAlpha: true }, ["format=webp"], 31_616_086, 31_616_086],
  [
    "on a ground",
    { ...png, hasAlpha: true },
    ["format=webp,background=red"],
    27_296_086,
    27_296_086,
  ],
  ["described", png, ["format=json"], 1_066_232, 1_066_232],
  ["drawn on", png, ["width=500,format=png,overlay.width=250"], 5_392_086, 7_762_086],
  [
    "drawn on by an overlay made larger",
    png,
    ["width=700,format=png,overlay.width=600,overlay.fit=contain"],
    7_077_546,
    10_887_546,
  ],
  [
    "drawn on where asked",
    png,
    ["width=500,format=png,overlay.top=1", "format=json"],
    6_004_786,
    8_374_786,
  ],
  ["an animation", gif, ["width=200,format=webp,anim=true"], 21_246_852, 22_906_852],
  [
    "with a still",
    gif,
    ["width=200,format=webp,anim=true", "width=99,format=png"],
    21_985_607,
    23_704_215,
  ],
  [
    "whose end is not known",
    { ...gif, frames: 0 },
    ["width=99,format=webp,anim=true"],
    21_150_766,
    46_231_694,
  ],
  ["an AVIF in planes", { format: "avif" }, ["width=200,format=webp"], 44_091_271, 44_091_271],
])("holds: %s", (_, about, lists, wasm, total) => {
  expect(peak(about, lists)).toEqual([wasm, total]);
});

test("an overlay is read whole while the picture's file is held", () => {
  const plan = planOverlay(overlay, sourceBytes);
  expect(plan).toMatchObject({ ok: true, value: { outputs: [{ size: { width: 500 } }] } });
  const large = { ...overlay, info: pictureInfo({ width: 2000, height: 1001 }) };
  expect(planOverlay(large, sourceBytes)).toMatchObject({
    ok: false,
    error: { reason: "image_too_large", of: "overlay", width: 2000, height: 1001 },
  });
  const just = { ...overlay, info: pictureInfo({ width: 2000, height: 1000 }) };
  expect(planOverlay(just, sourceBytes)).toMatchObject({ ok: true });
  expect(planOverlay(just, 110_000_000)).toMatchObject({
    ok: false,
    error: { reason: "over_memory_plan" },
  });
});
