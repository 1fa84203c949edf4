import sharp from "sharp";
import { describe, expect, test } from "vitest";
import type { RenderTransform } from "../../core/transform/transform.ts";
import { newRenderer } from "./renderer.ts";
import { decode, fadingScene, file, psnr, read, scene, transform, turnedFile } from "./scene.ts";

const { engine } = newRenderer();
const below = scene(240, 160);
const photo = await file(read(below).png());
const above = fadingScene(60, 40);
const logo = await file(read(above).png());

async function drawn(
  overlay: Uint8Array | undefined,
  options: Partial<RenderTransform>,
  source: Uint8Array = photo,
) {
  const result = await engine.render(source, [transform(options)], overlay);
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  const [rendition] = result.value.renditions;
  if (!rendition) throw new Error("One output was asked for");
  return { ...result.value, samples: await decode(rendition.bytes) };
}

async function composed(...layers: { input: Uint8Array; left: number; top: number }[]) {
  const layered = read(below).composite(
    layers.map((each) => ({ ...each, input: Buffer.from(each.input) })),
  );
  return decode(await file(layered.png()));
}

describe("the overlay", () => {
  test("is drawn as sharp composes it, within a level", async () => {
    const { samples } = await drawn(logo, { overlay: { left: 20, top: 30 } });
    const wanted = await composed({ input: logo, left: 20, top: 30 });
    const differences = samples.data.map((value, at) => Math.abs(value - (wanted.data[at] ?? 0)));
    expect(differences.findIndex((difference) => difference > 1)).toBe(-1);
    const without = await drawn(undefined, { overlay: { left: 20, top: 30 } });
    expect(psnr(without.samples, wanted)).toBeLessThan(30);
  });

  test("repeats in both directions from where it stands", async () => {
    const tile = scene(50, 30);
    const { samples } = await drawn(await file(read(tile).png()), {
      overlay: { left: 20, top: 10, repeat: "true" },
    });
    const { data, info } = samples;
    const wrong = Array.from({ length: info.width * info.height }).filter((_, pixel) => {
      const [x, y] = [pixel % info.width, Math.floor(pixel / info.width)];
      const at = 3 * (((y + 20) % 30) * 50 + ((x + 30) % 50));
      return [0, 1, 2].some((channel) => data[4 * pixel + channel] !== tile.data[at + channel]);
    });
    expect(wrong).toHaveLength(0);
  });

  test("shows as much of itself as its opacity says", async () => {
    const red = await file(
      sharp({ create: { width: 240, height: 160, channels: 3, background: "#ff0000" } }).png(),
    );
    const { samples } = await drawn(red, { overlay: { opacity: 0.5 } });
    const differences = samples.data.map((value, at) => {
      const own = below.data[3 * Math.floor(at / 4) + (at % 4)] ?? 0;
      const over = [255, 0, 0, 255][at % 4] ?? 0;
      return at % 4 === 3 ? 255 - value : Math.abs(value - (own + over) / 2);
    });
    expect(differences.findIndex((difference) => difference > 1)).toBe(-1);
  });

  test("makes a transparent picture opaque where it is", async () => {
    const clear = await file(
      sharp({
        create: { width: 20, height: 10, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } },
      }).png(),
    );
    const { samples } = await drawn(logo, { overlay: { left: 0, top: 0 } }, clear);
    expect([...samples.data.subarray(0, 4)]).toEqual([...above.data.subarray(0, 4)]);
  });

  test("lies on the border and under round corners; sizes follow it, as with any format", async () => {
    const border = {
      top: 10,
      right: 10,
      bottom: 10,
      left: 10,
      colour: { r: 0, g: 0, b: 255, a: 255 },
    };
    const corner = { topLeft: 20, topRight: 20, bottomRight: 20, bottomLeft: 20 };
    const { samples } = await drawn(logo, {
      border,
      "border-radius": corner,
      overlay: { left: 0, top: 0 },
    });
    expect(samples.info).toMatchObject({ width: 260, height: 180 });
    expect(samples.data[3]).toBe(0);
    const at = 4 * (20 * 260 + 5);
    expect([...samples.data.subarray(at, at + 3)]).toEqual([
      ...above.data.subarray(4 * (20 * 60 + 5)).subarray(0, 3),
    ]);
  });

  test.each(["jpeg", "webp", "avif", "gif"] as const)("may be a %s, and turned", async (format) => {
    const opaque = scene(60, 40);
    const encoded = await file(read(opaque).toFormat(format, { quality: 95 }));
    const { samples } = await drawn(encoded, { overlay: { left: 20, top: 30 } });
    const wanted = await composed({ input: await file(read(opaque).png()), left: 20, top: 30 });
    expect(psnr(samples, wanted)).toBeGreaterThan(30);
    const turned = await drawn(await turnedFile(opaque, 6), { overlay: { left: 20, top: 30 } });
    const upright = await file(
      sharp(await turnedFile(opaque, 6))
        .autoOrient()
        .png(),
    );
    const wantedTurned = await composed({ input: upright, left: 20, top: 30 });
    expect(psnr(turned.samples, wantedTurned)).toBeGreaterThan(45);
  });

  test("is drawn on every frame of an animation", async () => {
    const other = await file(read(below).negate().png());
    const frames = await file(
      sharp([photo, other].map(Buffer.from), { join: { animated: true } }).gif({
        delay: [100, 100],
      }),
    );
    const options = { format: "webp", quality: 100, anim: true } as const;
    const result = await engine.render(
      frames,
      [transform({ ...options, overlay: { left: 20, top: 30 } })],
      await file(read(scene(60, 40)).png()),
    );
    if (!result.ok) throw new Error(JSON.stringify(result.error));
    const [rendition] = result.value.renditions;
    const { data, info } = await sharp(rendition?.bytes, { animated: true })
      .ensureAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect(info).toMatchObject({ height: 320, pages: 2 });
    const tile = scene(60, 40).data;
    for (const top of [30, 190]) {
      const at = 4 * (top * 240 + 20);
      expect([...data.subarray(at, at + 3)]).toEqual([...tile.subarray(0, 3)]);
    }
  });

  test("costs something, and more when there is more of it", async () => {
    const large = await file(read(scene(1400, 1000)).png());
    const units = await Promise.all(
      [undefined, logo, large].map(async (overlay) => {
        return (await drawn(overlay, { overlay: {} })).computeUnits;
      }),
    );
    expect(units[0]).toBeLessThanOrEqual(units[1] ?? 0);
    expect(units[1]).toBeLessThan(units[2] ?? 0);
  });

  test("says in a refusal that it is the overlay", async () => {
    const refused = async (overlay: Uint8Array) => {
      const result = await engine.render(photo, [transform({ overlay: {} })], overlay);
      return result.ok ? undefined : result.error;
    };
    expect(await refused(new Uint8Array([1, 2, 3]))).toMatchObject({ of: "overlay" });
    expect(await refused(logo.slice(0, 200))).toMatchObject({ of: "overlay" });
    const wide = await file(
      sharp({ create: { width: 2000, height: 1001, channels: 3, background: "teal" } }).png(),
    );
    expect(await refused(wide)).toMatchObject({ of: "overlay", reason: "image_too_large" });
    const next = await drawn(logo, { overlay: {} });
    expect(next.renditions).toHaveLength(1);
  });
});
