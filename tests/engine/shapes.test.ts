import { describe, expect, test } from "vitest";
import { newRenderer } from "./renderer.ts";
import { fadingScene, file, read, scene, type Samples } from "./scene.ts";

const { renderOne } = newRenderer();

const pixelAt = ({ data, info }: Samples, x: number, y: number) => [
  ...data.subarray(4 * (y * info.width + x), 4 * (y * info.width + x) + 4),
];

describe("pixelate", () => {
  test.each([
    { picture: "an opaque picture", samples: scene(50, 30) },
    { picture: "a picture with alpha", samples: fadingScene(50, 30) },
  ])("makes each square of $picture the mean of what is seen in it", async ({ samples }) => {
    const bytes = await file(read(samples).png());
    const { samples: before } = await renderOne(bytes);
    const { samples: after } = await renderOne(bytes, { pixelate: 8 });
    for (const [left, top] of [
      [0, 0],
      [16, 8],
      [48, 24],
    ] as const) {
      const [right, bottom] = [Math.min(left + 8, 50), Math.min(top + 8, 30)];
      const [sums, count] = [[0, 0, 0, 0], (right - left) * (bottom - top)];
      for (let y = top; y < bottom; y++) {
        for (let x = left; x < right; x++) {
          const [red = 0, green = 0, blue = 0, alpha = 0] = pixelAt(before, x, y);
          [red * alpha, green * alpha, blue * alpha, alpha].forEach((v, k) => (sums[k]! += v));
        }
      }
      const mean = [...sums.slice(0, 3).map((sum) => sum / (sums[3] || 1)), sums[3]! / count];
      expect(pixelAt(after, left, top)).toEqual(mean.map(Math.round));
      expect(pixelAt(after, right - 1, bottom - 1)).toEqual(mean.map(Math.round));
    }
  });

  test("of no more than a pixel changes nothing", async () => {
    const bytes = await file(read(scene(20, 10)).png());
    expect((await renderOne(bytes, { pixelate: 1 })).samples).toEqual(
      (await renderOne(bytes)).samples,
    );
  });
});

describe("border-radius", () => {
  const even = (radius: number) => ({
    topLeft: radius,
    topRight: radius,
    bottomRight: radius,
    bottomLeft: radius,
  });
  const opaque = file(read(scene(120, 80)).png());

  test("takes away what lies outside of a circle, smoothly, and nothing else", async () => {
    const bytes = await opaque;
    const { samples: whole } = await renderOne(bytes);
    const { samples: round } = await renderOne(bytes, { "border-radius": even(20), dpr: 1 });
    for (const [x, y] of [
      [0, 0],
      [119, 0],
      [119, 79],
      [0, 79],
    ] as const) {
      expect(pixelAt(round, x, y)[3]).toBe(0);
    }
    let area = 0;
    for (let at = 3; at < round.data.length; at += 4) area += (round.data[at] ?? 0) / 255;
    expect(Math.abs(area - (120 * 80 - (4 - Math.PI) * 20 ** 2))).toBeLessThan(8);
    expect(pixelAt(round, 60, 40)).toEqual(pixelAt(whole, 60, 40));
    expect(pixelAt(round, 20, 0)).toEqual(pixelAt(whole, 20, 0));
  });

  test("is multiplied by dpr, each corner has its own, and too large ones shrink alike", async () => {
    const bytes = await opaque;
    const own = { ...even(0), topRight: 10 };
    const { samples } = await renderOne(bytes, { width: 60, dpr: 2, "border-radius": own });
    expect([pixelAt(samples, 0, 0)[3], pixelAt(samples, 119, 0)[3]]).toEqual([255, 0]);
    expect([pixelAt(samples, 119, 18)[3], pixelAt(samples, 119, 20)[3]! > 250]).toEqual([
      240,
      true,
    ]);
    const { samples: pill } = await renderOne(bytes, { "border-radius": even(1000) });
    expect([pixelAt(pill, 1, 39)[3], pixelAt(pill, 3, 3)[3], pixelAt(pill, 40, 0)[3]]).toEqual([
      255, 0, 255,
    ]);
  });

  test("rounds the border too, and shows the background in a JPEG", async () => {
    const colour = { r: 0, g: 0, b: 0, a: 255 };
    const border = { top: 6, right: 6, bottom: 6, left: 6, colour };
    const asked = { border, "border-radius": even(30), format: "jpeg", quality: 100 } as const;
    const { samples } = await renderOne(await opaque, asked);
    expect(pixelAt(samples, 0, 0).every((value) => value > 245)).toBe(true);
    expect(
      pixelAt(samples, 60, 2)
        .slice(0, 3)
        .every((value) => value < 10),
    ).toBe(true);
  });
});
