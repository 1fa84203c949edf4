import { describe, expect, test } from "vitest";
import { newRenderer } from "./renderer.ts";
import { decode, fadingScene, file, psnr, read, scene } from "./scene.ts";

const { render, renderOne, refusal } = newRenderer();
const bytes = await file(read(scene(96, 64)).png());

const sizeAt = async (format: "jpeg" | "webp" | "avif", quality: number) =>
  (await renderOne(bytes, { format, quality })).rendition.bytes.length;

describe("max_bytes", () => {
  test.each(["jpeg", "webp", "avif"] as const)(
    "gives the best %s that is no larger: one step of quality more would be",
    async (format) => {
      const [least, most] = [await sizeAt(format, 5), await sizeAt(format, 90)];
      const bytesMax = Math.round((least + most) / 2);
      const { rendition } = await renderOne(bytes, { format, quality: 90, bytesMax });
      expect(rendition.bytes.length).toBeLessThanOrEqual(bytesMax);

      let quality = 89;
      for (; quality > 1; quality--) {
        const { rendition: tried } = await renderOne(bytes, { format, quality });
        if (Buffer.compare(tried.bytes, rendition.bytes) === 0) break;
      }
      expect(quality).toBeGreaterThan(1);
      expect(await sizeAt(format, quality + 1)).toBeGreaterThan(bytesMax);
    },
  );

  test("changes nothing where the file is small enough already", async () => {
    for (const format of ["jpeg", "png", "webp", "avif"] as const) {
      const { renditions } = await render(bytes, { format }, { format, bytesMax: 1_000_000 });
      expect(renditions[1]).toEqual(renditions[0]);
    }
  });

  test.each(["jpeg", "png", "webp", "avif"] as const)(
    "that no %s can keep is a refusal, which says how far it was from it",
    async (format) => {
      const least =
        format === "png"
          ? (await renderOne(bytes)).rendition.bytes.length
          : await sizeAt(format, 1);
      const refused = await refusal(bytes, { format, bytesMax: 120 });
      expect(refused).toEqual({ reason: "over_max_bytes", bytes: least, bytesMax: 120 });
    },
  );
});

describe("quality", () => {
  test.each(["jpeg", "webp", "avif"] as const)(
    "of a %s buys likeness with bytes",
    async (format) => {
      let [length, decibels] = [0, 0];
      for (const quality of [20, 50, 80, 95]) {
        const { rendition, samples } = await renderOne(bytes, { format, quality });
        expect(rendition.bytes.length).toBeGreaterThan(length);
        length = rendition.bytes.length;
        const likeness = psnr(samples, await decode(bytes));
        expect(likeness).toBeGreaterThan(decibels);
        decibels = likeness;
      }
    },
  );

  test("100 of a WebP loses nothing", async () => {
    for (const source of [scene(61, 43), fadingScene(61, 43)]) {
      const png = await file(read(source).png());
      const { samples } = await renderOne(png, { format: "webp", quality: 100 });
      expect(psnr(samples, await decode(png))).toBe(Infinity);
    }
  });
});
