import { describe, expect, test } from "vitest";
import type { Orientation } from "../../core/image/image-info.ts";
import type { RenderTransform } from "../../core/transform/transform.ts";
import { loadEngineModules } from "../../engine/modules-node.ts";
import { createEngine } from "../../engine/render.ts";
import { decode, file, psnr, read, scene, transform, turnedFile } from "./scene.ts";

const engine = createEngine(await loadEngineModules());
const samples = scene(48, 32);
const orientations: readonly Orientation[] = [1, 2, 3, 4, 5, 6, 7, 8];

async function render(source: Uint8Array, options: Partial<RenderTransform> = {}) {
  const result = await engine.render(source, [transform(options)]);
  if (!result.ok) throw new Error(result.error.reason);
  const [rendition] = result.value.renditions;
  if (!rendition) throw new Error("No rendition");
  return decode(rendition.bytes);
}

describe.each(orientations)("EXIF orientation %i", (orientation) => {
  test("is seen upright, to the pixel", async () => {
    const source = await turnedFile(samples, orientation);
    expect(await render(source)).toEqual(await decode(source));
  });

  test.each(["jpeg", "webp"] as const)("is read from a %s as well", async (format) => {
    const turned = read(samples).withMetadata({ orientation });
    const source = await file(turned.toFormat(format, { quality: 95 }));
    expect(psnr(await render(source), await decode(source))).toBeGreaterThan(32);
  });

  const flips: readonly RenderTransform["flip"][] = ["", "h", "v", "hv"];
  const rotations: readonly RenderTransform["rotate"][] = [0, 90, 180, 270];
  test.each(flips.flatMap((flip) => rotations.map((rotate) => ({ flip, rotate }))))(
    "comes before flip '$flip', and that before rotate $rotate",
    async ({ flip, rotate }) => {
      const source = await turnedFile(samples, orientation);
      const upright = read(await decode(source))
        .flop(flip.includes("h"))
        .flip(flip.includes("v"));
      const flipped = await decode(await file(upright.png()));
      const wanted = await decode(await file(read(flipped).rotate(rotate).png()));
      expect(await render(source, { flip, rotate })).toEqual(wanted);
    },
  );

  test.each([
    { side: "left, top", gravity: { x: 0, y: 0 }, left: 0, top: 0 },
    { side: "right, bottom", gravity: { x: 1, y: 1 }, left: 1, top: 1 },
  ])("is turned before the crop looks for $side", async ({ gravity, left, top }) => {
    const source = await turnedFile(samples, orientation);
    const upright = await decode(source);
    // At these sizes the scale is 1, so that every pixel can be held to account.
    const crop = { width: 32, height: 32, fit: "cover", gravity } as const;
    const wanted = read(upright).extract({
      left: left * (upright.info.width - 32),
      top: top * (upright.info.height - 32),
      width: 32,
      height: 32,
    });
    expect(await render(source, crop)).toEqual(await decode(await file(wanted.png())));
  });

  test("is turned before the resize gives width and height their meaning", async () => {
    const source = await turnedFile(samples, orientation);
    const squeezed = await render(source, { width: 20, height: 30, fit: "squeeze" });
    const wanted = read(await decode(source)).resize(20, 30, { fit: "fill" });
    expect(psnr(squeezed, await decode(await file(wanted.png())))).toBeGreaterThan(44);
  });
});
