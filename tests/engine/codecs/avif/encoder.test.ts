import { describe, expect, onTestFinished, test, vi } from "vitest";
import { formats } from "../../../../core/image/formats.ts";
import type { Size } from "../../../../core/image/size.ts";
import { withAvifIcc } from "../../../../engine/codecs/avif/icc.ts";
import { LibavifEncoder } from "../../../../engine/codecs/avif/libavif-encoder.ts";
import type { EncodeOptions } from "../../../../engine/codecs/codec.ts";
import { OutOfMemory } from "../../../../engine/codecs/icodec.ts";
import { allocateBitmap } from "../../../../engine/pixels/bitmap.ts";
import { bytesAt } from "../../../../engine/pixels/workspace.ts";
import { newWorkspace, scene } from "../../pixels/fixtures.ts";
import { encode, newAvifEncoder } from "../codecs.ts";
import { headerOf } from "./halved-chroma.ts";
import { plainOptions } from "./plain-options.ts";

const icc = Uint8Array.of(1, 2, 3);

/** A file as libavif writes it. */
function realFile(): Uint8Array {
  const result = encode(newAvifEncoder(), { width: 16, height: 12, rgba: scene(16, 12) });
  if (!result.ok) throw new Error("refused");
  return result.value;
}

/** To the end of the test libavif answers with the file, or throws; returns the calls it got. */
function fakeLibavif(answer: Uint8Array | Error) {
  const spy = vi.spyOn(LibavifEncoder.prototype, "encode").mockImplementation(() => {
    if (answer instanceof Error) throw answer;
    return answer;
  });
  onTestFinished(() => {
    spy.mockRestore();
  });
  return spy.mock.calls;
}

/** Encodes a picture that is black but for its last pixel. */
function encodeOf(
  { width, height }: Size,
  { opaque = true, ...options }: Partial<EncodeOptions> & { readonly opaque?: boolean } = {},
) {
  const workspace = newWorkspace();
  const bitmap = allocateBitmap(workspace, width, height, opaque);
  const rgba = bytesAt(workspace, bitmap.pointer, 4 * width * height);
  rgba.fill(0);
  rgba.fill(99, -4);
  const encoder = newAvifEncoder();
  return { encoder, result: encoder.encode({ workspace, bitmap }, { quality: 61, ...options }) };
}

const whole = { width: 20, height: 15 };
const even = { width: 1442, height: 1400 };
const odd = { width: 1443, height: 1400 };
const plannedFor = (size: Size) =>
  formats.avif.output.memory({ ...size, hasAlpha: false, lossless: false }).wasm;

test("chroma is halved, except in a grid with an odd side", () => {
  const encoder = newAvifEncoder();
  expect([whole, even, odd].map((size) => encoder.halvesChroma(60, size))).toEqual([
    true,
    true,
    false,
  ]);
});

describe("a picture in one piece", () => {
  test("is encoded in the planned memory, its chroma halved", () => {
    const file = realFile();
    const calls = fakeLibavif(file);
    const { result } = encodeOf(whole);
    expect(result).toEqual({ ok: true, value: file });
    expect(calls).toHaveLength(1);
    const [size, options, bytesMax, fill] = calls[0] ?? [];
    expect(size).toEqual(whole);
    expect(options).toEqual({ ...plainOptions, quality: 61, subsample: 3 });
    expect(bytesMax).toBe(plannedFor(whole));
    const rgba = new Uint8Array(4 * 20 * 15);
    fill?.(rgba);
    expect([...rgba.subarray(-8)]).toEqual([0, 0, 0, 0, 99, 99, 99, 99]);
  });

  test("has a profile where it is given one", () => {
    const file = realFile();
    fakeLibavif(file);
    expect(encodeOf(whole, { icc }).result).toEqual({ ok: true, value: withAvifIcc(file, icc) });
  });
});

test.each([
  ["even sides has its chroma halved", even, 3],
  ["an odd side keeps all of its chroma", odd, 1],
])("a grid with %s; each tile is encoded in the planned memory", (_, picture, subsample) => {
  const file = realFile();
  const calls = fakeLibavif(file);
  const { result } = encodeOf(picture, { icc });
  if (!result.ok) throw new Error("refused");
  const info = headerOf(result.value);
  expect(info).toMatchObject({ ...picture, hasIcc: true, frames: 1 });
  expect(info.partPixels).toBeLessThanOrEqual(1_000_000);
  expect(calls.length).toBeGreaterThan(3);
  const shown = calls.map(([size, options, bytesMax, fill]) => {
    expect(size.width * size.height).toBe(info.partPixels);
    expect(options).toEqual({ ...plainOptions, quality: 61, subsample });
    expect(bytesMax).toBe(plannedFor(picture));
    return fill;
  });
  expect(new Set(shown).size).toBe(calls.length);
});

test("the plan is asked about the picture as it is", () => {
  const spy = vi.spyOn(formats.avif.output, "memory");
  onTestFinished(() => {
    spy.mockRestore();
  });
  fakeLibavif(new Error("no file"));
  for (const opaque of [true, false]) encodeOf(whole, { opaque });
  expect(spy.mock.calls).toEqual(
    [false, true].map((hasAlpha) => [{ ...whole, hasAlpha, lossless: false }]),
  );
});

describe("a picture that is not encoded", () => {
  test("for lack of memory is refused, with what was planned", () => {
    fakeLibavif(new OutOfMemory());
    for (const size of [whole, even]) {
      const bytes = plannedFor(size);
      const error = { reason: "over_memory_plan", bytes, bytesMax: bytes };
      expect(encodeOf(size).result).toEqual({ ok: false, error });
    }
  });

  test("for another reason is refused as well", () => {
    const error = { reason: "render_crashed", stage: "avif encode" };
    for (const cause of [new Error("refused"), new WebAssembly.RuntimeError("trapped")]) {
      fakeLibavif(cause);
      expect(encodeOf(whole).result).toEqual({ ok: false, error });
    }
  });
});

test("an encoder holds memory from its first picture on", () => {
  const { encoder } = encodeOf(whole);
  expect(newAvifEncoder().wasmBytes).toBe(0);
  expect(encoder.wasmBytes).toBeGreaterThan(2 ** 24);
});
