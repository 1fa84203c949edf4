import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { newRenderer } from "./renderer.ts";
import { fadingScene, file, read, scene, transform } from "./scene.ts";

const { engine } = newRenderer();
const samples = scene(96, 64);
const sources: Record<string, Uint8Array> = {
  "baseline JPEG": await file(read(samples).jpeg()),
  "progressive JPEG": await file(read(samples).jpeg({ progressive: true })),
  PNG: await file(read(samples).png()),
  "interlaced PNG": await file(read(samples).png({ progressive: true })),
  "lossy WebP": await file(read(samples).webp()),
  "lossy WebP with alpha": await file(read(fadingScene(96, 64)).webp()),
  "lossless WebP": await file(read(samples).webp({ lossless: true })),
  "CMYK JPEG": await file(read(samples).toColourspace("cmyk").jpeg()),
  "16-bit PNG": await file(read(samples).toColourspace("rgb16").png()),
  GIF: await file(read(samples).gif()),
  AVIF: await file(read(samples).avif({ effort: 0 })),
};
const outputs = [transform({ width: 40, format: "jpeg" })];
const render = (source: Uint8Array) => engine.render(source, outputs);
const renderWhole = (source: Uint8Array) => engine.render(source, [transform()]);

/** Bytes by which a format is known, and why a file is refused that lacks some of the rest. */
const refusals: Record<string, { signatureBytes: number; cut: string[]; noise: string[] }> = {
  JPEG: {
    signatureBytes: 3,
    cut: ["truncated_image"],
    noise: ["truncated_image", "corrupt_image"],
  },
  PNG: { signatureBytes: 8, cut: ["truncated_image"], noise: ["truncated_image"] },
  WebP: { signatureBytes: 12, cut: ["truncated_image"], noise: ["truncated_image"] },
  // Noise can be a first frame of more pixels than the limit, or far outside the screen: that counts at the size of both together.
  GIF: {
    signatureBytes: 6,
    cut: ["truncated_image"],
    noise: ["truncated_image", "corrupt_image", "image_too_large", "over_memory_plan"],
  },
  AVIF: { signatureBytes: 12, cut: ["truncated_image"], noise: ["truncated_image"] },
  // Cut between two scans, what is left of one can look like a broken code.
  "progressive JPEG": {
    signatureBytes: 3,
    cut: ["truncated_image", "corrupt_image"],
    noise: ["truncated_image", "corrupt_image"],
  },
};

function refusalsOf(name: string) {
  const known = refusals[name] ?? refusals[/JPEG|PNG|WebP/.exec(name)?.[0] ?? name];
  if (!known) throw new Error(`no refusals are listed for ${name}`);
  return known;
}

async function reasonOf(rendering: ReturnType<typeof engine.render>): Promise<string> {
  const result = await rendering;
  return result.ok ? "none: it was rendered" : result.error.reason;
}

/** What every source gives while nothing is wrong. */
const soundRenders = new Map<string, unknown>();
for (const [name, source] of Object.entries(sources)) {
  const result = await render(source);
  if (!result.ok) throw new Error(`${name}: ${result.error.reason}`);
  soundRenders.set(name, result.value.renditions);
}

async function expectUnharmed(name = "baseline JPEG") {
  const result = await render(sources[name] ?? new Uint8Array());
  expect(result.ok && result.value.renditions).toEqual(soundRenders.get(name));
}

describe.each(Object.entries(sources))("%s", (name, source) => {
  test("cut off anywhere is refused, at every size", async () => {
    const places = Array.from({ length: 40 }, (_, part) => Math.floor((source.length * part) / 40));
    // A PNG's end mark and the check of its last chunk may be missing: every pixel is there.
    const ends = name.endsWith("PNG") ? [40, 30] : [3, 2];
    for (const length of [...places, ...ends.map((short) => source.length - short)]) {
      const cut = source.subarray(0, length);
      const { signatureBytes, cut: reasons } = refusalsOf(name);
      const expected = length < signatureBytes ? ["unsupported_format"] : reasons;
      expect(expected, `${length} bytes`).toContain(await reasonOf(render(cut)));
      expect(expected, `${length} bytes`).toContain(await reasonOf(renderWhole(cut)));
    }
    await expectUnharmed(name);
  });

  test("with anything behind it renders as without", async () => {
    const longer = new Uint8Array(source.length + 5000);
    longer.set(source);
    longer.fill(0xff, source.length);
    const result = await render(longer);
    expect(result.ok && result.value.renditions).toEqual(soundRenders.get(name));
  });

  test("damaged anywhere is rendered or refused, never thrown at the caller", async () => {
    const place = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
    const damage = fc.record({ place, byte: fc.nat(255) });
    await fc.assert(
      fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 8 }), async (damages) => {
        const damaged = source.slice();
        for (const { place, byte } of damages) damaged[Math.floor(place * damaged.length)] = byte;
        const result = await (damages.length % 2 === 0 ? render(damaged) : renderWhole(damaged));
        const ending = result.ok ? result.value.renditions.length : result.error.reason;
        expect(`${ending}`).toMatch(/^(1|[a-z_]+)$/);
      }),
      { numRuns: 40 },
    );
    await expectUnharmed(name);
  });
});

describe("bytes that are no picture", () => {
  test("are refused, random ones and none at all", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (bytes) => {
        expect(await reasonOf(render(bytes))).toBe("unsupported_format");
      }),
      { numRuns: 100 },
    );
    await expectUnharmed();
  });

  test.each(Object.entries(sources))(
    "are refused behind the header of a %s",
    async (name, source) => {
      const headBytes = Math.min(source.length, 700);
      // Noise as long as what it replaces can be a picture, if an odd one.
      const maxLength = Math.min(400, source.length - headBytes - 1);
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ maxLength }), async (noise) => {
          const bytes = new Uint8Array([...source.subarray(0, headBytes), ...noise]);
          expect(refusalsOf(name).noise).toContain(await reasonOf(render(bytes)));
        }),
        { numRuns: 15 },
      );
    },
  );
});

describe("metadata", () => {
  const { PNG: png = new Uint8Array(), "baseline JPEG": jpeg = new Uint8Array() } = sources;

  test("of a PNG changes nothing, not even when it is damaged", async () => {
    for (const type of ["tEXt", "eXIf", "gAMA"]) {
      // The checksum is nonsense.
      const chunk = [0, 0, 0, 6, ...new TextEncoder().encode(`${type}x\0\0abc`), 1, 2, 3, 4];
      const bytes = new Uint8Array([...png.subarray(0, 33), ...chunk, ...png.subarray(33)]);
      const result = await render(bytes);
      expect(result.ok && result.value.renditions).toEqual(soundRenders.get("PNG"));
    }
  });

  test("of a JPEG changes nothing, however much there is", async () => {
    const segment = new Uint8Array(65_537);
    segment.set([0xff, 0xe5, 0xff, 0xff]);
    const luggage = Array.from({ length: 15 }, () => segment);
    const bytes = new Uint8Array(
      await new Blob([jpeg.slice(0, 2), ...luggage, jpeg.slice(2)]).arrayBuffer(),
    );
    const result = await render(bytes);
    expect(result.ok && result.value.renditions).toEqual(soundRenders.get("baseline JPEG"));
  });
});
