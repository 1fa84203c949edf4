import { describe, expect, test } from "vitest";
import { describePicture } from "../../core/plan/picture-description.ts";
import { planRender } from "../../core/plan/plan.ts";
import { err, ok } from "../../core/result.ts";
import type { RenderTransform } from "../../core/transform/transform.ts";
import type {
  EncodeOptions,
  Encoder,
  Encoders,
  ResampledPlanes,
} from "../../engine/codecs/codec.ts";
import { encode, encodePlanes, type Attachments } from "../../engine/encode.ts";
import { pictureInfo } from "../core/image/picture-info.ts";
import { load, newWorkspace, scene } from "./pixels/fixtures.ts";
import { transform } from "./scene.ts";

const info = pictureInfo({ width: 60, height: 40 });

function outputOf(options: Partial<RenderTransform>) {
  const plan = planRender(info, [transform(options)], 1000);
  const [output] = plan.ok ? plan.value.outputs : [];
  if (!output) throw new Error("No plan");
  return output;
}

/** One encoder in the place of each: its files take as many bytes as the quality has steps, a hundred each. */
function newEncoder(about: Partial<Encoder> = {}) {
  const asked: EncodeOptions[] = [];
  const encoder: Encoder = {
    encode(_picture, options) {
      asked.push(options);
      return ok(new Uint8Array(100 * options.quality));
    },
    wasmBytes: 0,
    ...about,
  };
  const encoders: Encoders = { jpeg: encoder, png: encoder, webp: encoder, avif: encoder };
  return { encoders, asked };
}

const workspace = newWorkspace();
const rgba = scene(60, 40);
const picture = { workspace, bitmap: load(workspace, rgba, 60, 40) };
const source = { info, bytes: 1234 };

function encoded(
  options: Partial<RenderTransform>,
  attachments: Attachments = {},
  encoder = newEncoder(),
) {
  const { encoders, asked } = encoder;
  const result = encode({ encoders, picture, output: outputOf(options), attachments, source });
  return { result, asked, bytes: result.ok ? result.value.length : result.error };
}

describe("max_bytes", () => {
  test.each([1, 2, 49, 50, 63, 64, 79, 80])(
    "is kept by the highest quality that does: %i, in few tries",
    (quality) => {
      for (const bytesMax of [100 * quality, 100 * quality + 99]) {
        const { bytes, asked } = encoded({ format: "webp", quality: 80, bytesMax });
        expect(bytes).toBe(100 * quality);
        expect(asked[0]?.quality).toBe(80);
        expect(asked.length).toBeLessThanOrEqual(8);
      }
    },
  );

  test("is tried once where the quality asked for keeps it", () => {
    const { asked } = encoded({ format: "webp", quality: 80, bytesMax: 8000 });
    expect(asked.map(({ quality }) => quality)).toEqual([80]);
  });

  test("that none keeps is refused, with the length of the smallest file", () => {
    const { bytes } = encoded({ format: "webp", quality: 80, bytesMax: 99 });
    expect(bytes).toEqual({ reason: "over_max_bytes", bytes: 100, bytesMax: 99 });
  });

  test("asks a PNG once, which has but one quality", () => {
    const { bytes, asked } = encoded({ format: "png", quality: 80, bytesMax: 200 });
    expect(bytes).toEqual({ reason: "over_max_bytes", bytes: 8000, bytesMax: 200 });
    expect(asked).toHaveLength(1);
  });

  test("is not asked about where there is none", () => {
    const { bytes, asked } = encoded({ format: "webp", quality: 80 });
    expect([bytes, asked.length]).toEqual([8000, 1]);
  });

  test("ends at an encoder's refusal", () => {
    const refusal = { reason: "over_memory_plan", bytes: 2, bytesMax: 1 } as const;
    const refusing = newEncoder({ encode: () => err(refusal) });
    expect(encoded({ format: "webp", bytesMax: 100 }, {}, refusing).bytes).toEqual(refusal);
  });
});

describe("a rendition carries", () => {
  const icc = Uint8Array.of(1);
  const exif = Uint8Array.of(2);

  test.each<[string, Partial<RenderTransform>, Attachments, Partial<EncodeOptions>]>([
    ["nothing where there is nothing", { metadata: "keep" }, {}, {}],
    ["its profile, whatever is asked of metadata", { metadata: "none" }, { icc }, { icc }],
    ["no metadata where none is asked", { metadata: "none" }, { exif }, {}],
    [
      "the metadata to keep",
      { metadata: "keep" },
      { exif },
      { exif: { tiff: exif, keep: "keep" } },
    ],
    [
      "the metadata of copyright",
      { metadata: "copyright" },
      { icc, exif },
      { icc, exif: { tiff: exif, keep: "copyright" } },
    ],
  ])("%s", (_, options, attachments, carried) => {
    const asked = encoded({ format: "jpeg", quality: 70, ...options }, attachments).asked;
    expect(asked).toEqual([{ quality: 70, ...carried }]);
    const fromPlanes: EncodeOptions[] = [];
    const { encoders } = newEncoder({
      encodePlanes: (_planes, options) => (fromPlanes.push(options), icc),
    });
    const output = outputOf({ format: "jpeg", quality: 70, ...options });
    const planes = {} as ResampledPlanes;
    expect(encodePlanes(encoders, planes, output, attachments)).toBe(icc);
    expect(fromPlanes).toEqual(asked);
  });
});

test("planes are encoded only where the format takes them", () => {
  const planes = {} as ResampledPlanes;
  const { encoders } = newEncoder();
  expect(encodePlanes(encoders, planes, outputOf({ format: "jpeg" }), {})).toBeUndefined();
  expect(encodePlanes(encoders, planes, outputOf({ format: "json" }), {})).toBeUndefined();
});

test("as json a picture is described, not encoded", () => {
  const { result, asked } = encoded({ format: "json", width: 30 });
  const description = describePicture(
    info,
    1234,
    { width: 30, height: 20 },
    { width: 60, height: 40, rgba },
  );
  expect(result.ok && new TextDecoder().decode(result.value)).toBe(JSON.stringify(description));
  expect(asked).toEqual([]);
});
