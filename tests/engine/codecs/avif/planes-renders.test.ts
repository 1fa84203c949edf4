import sharp from "sharp";
import { expect, test } from "vitest";
import { planRender } from "../../../../core/plan/plan.ts";
import { renderTransform } from "../../../../bench/render-transform.ts";
import { compileBytes, loadEngineModules } from "../../../../engine/modules-node.ts";
import { createEngine } from "../../../../engine/render.ts";
import { newAvifDecoder, outcome } from "../codecs.ts";
import { halvedChroma, headerOf } from "./halved-chroma.ts";

const decoder = newAvifDecoder();

test.each([
  ["one tile", 128, 96, 12],
  ["two tiles", 4400, 64, 4],
])("a bit that flipped in the data of %s is noticed", async (_, width, height, flips) => {
  const file = await halvedChroma(width, height);
  const info = headerOf(file);
  expect(outcome(decoder, file, info, false)).toBe("decoded");
  const start = Buffer.from(file.buffer).indexOf("mdat") + 40;
  for (let flip = 0; flip < flips; flip++) {
    const damaged = file.slice();
    const at = Math.floor(start + (flip / flips) * (file.length - start));
    damaged[at] = (damaged[at] ?? 0) ^ 0x10;
    expect(outcome(decoder, damaged, info, false), `byte ${at}`).toBe("corrupt_image");
  }
});

test("a picture that makes dav1d trap is rendered by libavif", async () => {
  const modules = await loadEngineModules();
  const file = await halvedChroma(96, 64);
  // A module whose one function, which starts the decoder, traps.
  const code = "0061736d 01000000 01040160 0000 03020100 07050101690000 0a05010300000b";
  const bytes = Uint8Array.from(Buffer.from(code.replaceAll(" ", ""), "hex"));
  const trapping = createEngine({ ...modules, dav1d: await compileBytes(bytes) });
  const transforms = [renderTransform("format=png")];
  const rendered = await trapping.render(file, transforms);
  const whole = await createEngine(modules).render(file, transforms);
  if (!rendered.ok || !whole.ok) throw new Error("refused");
  expect(rendered.value.renditions[0]).toMatchObject({ width: 96, height: 64 });
  expect(rendered.value.computeUnits).toBe(whole.value.computeUnits);
});

test("the memory of a render is predicted, not exceeded", async () => {
  // What a decoder holds follows from the size, and one colour is encoded in no time.
  const plain = { width: 4000, height: 3000, channels: 3, background: "#845" } as const;
  const options = { effort: 0, chromaSubsampling: "4:2:0" };
  const file = new Uint8Array(await sharp({ create: plain }).avif(options).toBuffer());
  const transforms = [renderTransform("width=800,format=jpeg")];
  const rendered = await createEngine(await loadEngineModules()).render(file, transforms);
  const planned = planRender(headerOf(file), transforms, file.length);
  if (!rendered.ok || !planned.ok) throw new Error("refused");
  const { peakWasmBytes } = planned.value;
  expect(rendered.value.peakWasmBytes).toBeGreaterThan(20 * 2 ** 20);
  expect(rendered.value.peakWasmBytes).toBeLessThanOrEqual(peakWasmBytes);
  expect(peakWasmBytes).toBeLessThan(36 * 2 ** 20);
});
