import sharp from "sharp";
import { expect, test } from "vitest";
import { viewOf } from "../../../../core/image/bytes.ts";
import type { ImageInfo } from "../../../../core/image/image-info.ts";
import { probe } from "../../../../core/image/probe.ts";
import { planRender } from "../../../../core/plan/plan.ts";
import { readStill } from "../../../../engine/codecs/avif/obu.ts";
import { compileBytes, loadEngineModules } from "../../../../engine/modules-node.ts";
import { createEngine } from "../../../../engine/render.ts";
import { renderTransform } from "../../../../bench/render-transform.ts";
import { samplePsnr } from "../../../../bench/rgba-picture.ts";
import { scene } from "../../pixels/fixtures.ts";
import { decoded, encode, newAvifDecoder, newAvifEncoder, outcome } from "../codecs.ts";

const decoder = newAvifDecoder();

async function halvedChroma(width: number, height: number, quality = 80): Promise<Uint8Array> {
  const raw = { width, height, channels: 4 } as const;
  const options = { quality, effort: 0, chromaSubsampling: "4:2:0" };
  return new Uint8Array(
    await sharp(scene(width, height), { raw }).removeAlpha().avif(options).toBuffer(),
  );
}

function headerOf(file: Uint8Array): ImageInfo {
  const answer = probe(file, true);
  if (answer.kind !== "image") throw new Error(answer.kind);
  return answer.info;
}

/** Through the road that takes all pictures but opaque 8-bit 4:2:0. */
const byLibavif = (file: Uint8Array) =>
  decoded(decoder, file, { info: headerOf(file), asPixels: true }).rgba;

test.each([
  [320, 240],
  [321, 240],
  [320, 239],
  [65, 67],
  [5, 3],
  [1, 1],
])("8-bit 4:2:0 of %i × %i agrees with libavif", async (width, height) => {
  const file = await halvedChroma(width, height);
  const ours = decoded(decoder, file, { info: headerOf(file), asPixels: false });
  expect(ours).toMatchObject({ width, height, samples: "planes" });
  // They interpolate chroma differently, which shows where a picture is all edges.
  expect(samplePsnr(ours.rgba, byLibavif(file))).toBeGreaterThan(35);
});

const limitedBytes = (rgba: Uint8Array) =>
  rgba.map((value, at) => ((at & 3) === 3 ? value : Math.round((value - 16) * (255 / 219))));

test("the range comes from the container, or else from the sequence header", async () => {
  const file = withContainerRange(96, 64);
  const info = headerOf(file);
  const full = decoded(decoder, file, { info, asPixels: false }).rgba;
  const grey = (rgba: Uint8Array) => rgba.filter((_, at) => (at & 3) === 1);
  const byContainer = withRange(file, { inContainer: false });
  const expanded = decoded(decoder, byContainer, { info, asPixels: false }).rgba;
  // The same luma, read as reaching from 16 to 235; colours shift green by a little more.
  expect(samplePsnr(grey(expanded), grey(new Uint8Array(limitedBytes(full))))).toBeGreaterThan(25);
  expect(samplePsnr(expanded, byLibavif(byContainer))).toBeGreaterThan(35);
  const bySequence = withRange(file, { inSequence: false, hasContainer: false });
  expect(decoded(decoder, bySequence, { info, asPixels: false }).rgba).toEqual(expanded);
  const both = withRange(file, { inSequence: false });
  expect(decoded(decoder, both, { info, asPixels: false }).rgba).toEqual(full);
});

/** libavif says the range in the container as well. */
function withContainerRange(width: number, height: number): Uint8Array {
  const file = encode(newAvifEncoder(), { width, height, rgba: scene(width, height) });
  if (!file.ok) throw new Error(file.error.reason);
  return file.value.slice();
}

/** The file with other words on its range. */
function withRange(
  file: Uint8Array,
  { inContainer = true, inSequence = true, hasContainer = true },
): Uint8Array {
  const changed = file.slice();
  const nclx = Buffer.from(changed.buffer).indexOf("colrnclx");
  if (nclx < 0) throw new Error("the container says no range");
  if (!hasContainer) changed.set(Buffer.from("free"), nclx);
  if (!inContainer) changed[nclx + 14] = 0;
  if (!inSequence) clearRange(changed);
  return changed;
}

/** Finds the one bit of the sequence header that says "full range" and nothing else. */
function clearRange(file: Uint8Array): void {
  const start = Buffer.from(file.buffer).indexOf("mdat") + 4;
  const data = file.subarray(start);
  const before = readStill(data)?.sequence;
  for (let bit = 16; bit < 160; bit++) {
    const flip = () => (data[bit >> 3] = (data[bit >> 3] ?? 0) ^ (0x80 >> (bit & 7)));
    flip();
    const after = readStill(data)?.sequence;
    if (before && after && isOnlyRange(before, after)) return;
    flip();
  }
  throw new Error("no bit says the range");
}

function isOnlyRange(before: object, after: object): boolean {
  return JSON.stringify({ ...before, fullRange: false }) === JSON.stringify(after);
}

test("a damaged picture, or one coded otherwise than its header says, is refused", async () => {
  const file = await halvedChroma(128, 96);
  const info = headerOf(file);
  const data = Buffer.from(file.buffer).indexOf("mdat") + 4;
  const damaged = file.slice();
  damaged.fill(0xff, data + 12, data + 30);
  expect(outcome(decoder, damaged, info, false)).toBe("corrupt_image");
  const cut = file.subarray(0, file.length - 10);
  expect(outcome(decoder, cut, info, false)).toBe("truncated_image");
  expect(outcome(decoder, file, { ...info, width: 127 }, false)).toBe("corrupt_image");
  const ispe = Buffer.from(file.buffer).indexOf("ispe");
  const smaller = file.slice();
  viewOf(smaller).setUint32(ispe + 8, 120);
  expect(outcome(decoder, smaller, headerOf(smaller), false)).toBe("corrupt_image");
});

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

test("a box behind the picture's data may be cut, its data may not", async () => {
  const file = await halvedChroma(128, 96);
  const info = headerOf(file);
  const isDecoded = (...more: readonly number[]) =>
    outcome(decoder, new Uint8Array([...file, ...more]), info, false);
  expect(isDecoded()).toBe("decoded");
  expect(isDecoded(0, 0, 1, 0, 102, 114, 101, 101)).toBe("decoded");
  expect(isDecoded(1, 2, 3)).toBe("decoded");
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

test("only the first frame of the data is decoded", async () => {
  const file = await halvedChroma(64, 64);
  const data = file.subarray(Buffer.from(file.buffer).indexOf("mdat") + 4);
  const still = readStill(data);
  if (!still) throw new Error("no picture");
  const twice = new Uint8Array([...still.frame, ...still.frame]);
  expect(readStill(twice)?.frame.length).toBeLessThan(still.frame.length + 20);
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
