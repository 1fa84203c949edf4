import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { formats } from "../../../../core/image/formats.ts";
import type { ImageInfo } from "../../../../core/image/image-info.ts";
import { decodeWithLibavif, isReadByLibavif } from "../../../../engine/codecs/avif/libavif.ts";
import type { WasmInstance } from "../../../../engine/codecs/wasm-slot.ts";
import { loadEngineModules } from "../../../../engine/modules-node.ts";
import { decodeRequest, read, scene } from "../../pixels/fixtures.ts";
import { headerOf } from "./halved-chroma.ts";
import { trapOnAllocation } from "./trapping-libavif.ts";

const { avifDecoder: module } = await loadEngineModules();
const raw = { width: 16, height: 12, channels: 4 } as const;
const options = { effort: 0, chromaSubsampling: "4:4:4", lossless: true };
const rgba = scene(16, 12, true);
const file = new Uint8Array(await sharp(rgba, { raw }).avif(options).toBuffer());
const opaque = new Uint8Array(
  await sharp(scene(16, 12), { raw }).removeAlpha().avif(options).toBuffer(),
);

function decode(source: Uint8Array, own: Partial<ImageInfo> = {}) {
  const info = { ...headerOf(file), ...own };
  const instances: WasmInstance[] = [];
  const request = decodeRequest(info);
  const result = decodeWithLibavif(module, source, request, info, (own) => instances.push(own));
  return { result, instances, bytesMax: formats.avif.source.memory(info, 1, source.length).wasm };
}

const damaged = file.slice();
damaged.fill(0xff, damaged.length - 60);

describe("a picture", () => {
  test("is decoded with its alpha, by an instance that is shown to the caller", async () => {
    const { result, instances } = decode(file);
    if (!result.ok) throw new Error("refused");
    const { bitmap, workspace } = result.value;
    expect(bitmap).toMatchObject({ width: 16, height: 12, opaque: false });
    expect(read(workspace, bitmap)).toEqual(new Uint8Array(await sharp(file).raw().toBuffer()));
    expect("rgba" in result.value).toBe(false);
    expect(instances).toHaveLength(1);
    expect(instances[0]?.memory.buffer.byteLength).toBe(2 ** 24);
  });

  test("is opaque where its header says so", () => {
    const { result } = decode(opaque, { hasAlpha: false });
    expect(result).toMatchObject({ ok: true, value: { bitmap: { opaque: true } } });
  });

  test.each([{ width: 17 }, { height: 13 }])("of another size than %o is refused", (own) => {
    expect(decode(file, own).result).toEqual({
      ok: false,
      error: { reason: "corrupt_image", detail: "another size than its header says" },
    });
  });

  test("that is damaged is refused", () => {
    expect(decode(damaged).result).toEqual({
      ok: false,
      error: { reason: "corrupt_image", detail: "libavif refuses the data" },
    });
  });

  test("that makes libavif trap is refused where memory ran out, else the trap is passed on", () => {
    trapOnAllocation({ isFull: true });
    const { result, bytesMax } = decode(file);
    expect(result).toEqual({
      ok: false,
      error: { reason: "over_memory_plan", bytes: bytesMax, bytesMax },
    });
    const trap = trapOnAllocation({ isFull: false });
    expect(() => decode(file)).toThrow(trap);
  });
});

test("whether libavif reads a file at all can be asked", () => {
  expect(isReadByLibavif(module, file)).toBe(true);
  expect(isReadByLibavif(module, damaged)).toBe(false);
  trapOnAllocation({ isFull: false });
  expect(isReadByLibavif(module, file)).toBe(false);
});
