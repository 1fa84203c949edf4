import { describe, expect, test } from "vitest";
import type { Orientation } from "../../core/image/header.ts";
import type { RenderTransform } from "../../core/transform/transform.ts";
import { newRenderer } from "./renderer.ts";
import { decode, file, psnr, read, scene, turnedFile } from "./scene.ts";

const { renderOne } = newRenderer();
const samples = scene(48, 32);
const orientations: readonly Orientation[] = [1, 2, 3, 4, 5, 6, 7, 8];

const render = async (source: Uint8Array, options: Partial<RenderTransform> = {}) =>
  (await renderOne(source, options)).samples;

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

  test("comes before trim, and that before flip and rotate", async () => {
    const source = await turnedFile(samples, orientation);
    const { info, ...upright } = await decode(source);
    const trim = { by: "sides", top: 3, right: 5, bottom: 7, left: 9 } as const;
    const kept = read({ info, ...upright }).extract({
      left: 9,
      top: 3,
      width: info.width - 14,
      height: info.height - 10,
    });
    const flopped = read(await decode(await file(kept.png()))).flop();
    const wanted = read(await decode(await file(flopped.png()))).rotate(90);
    const rendered = await render(source, { trim, flip: "h", rotate: 90 });
    expect(rendered).toEqual(await decode(await file(wanted.png())));
  });

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
