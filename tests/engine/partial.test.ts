import { describe, expect, test } from "vitest";
import { newRenderer } from "./renderer.ts";
import { decode, file, psnr, read, scene, type Samples } from "./scene.ts";

const { render, renderOne, refusal } = newRenderer();

const [width, height] = [160, 120];
const picture = () => read(scene(width, height));
const allow = { partial: "allow" } as const;

/** Its first half, or a little less. */
const upper = ({ data, info }: Samples): Samples => ({
  data: data.subarray(0, 4 * info.width * 40),
  info: { ...info, height: 40 },
});

const sources = {
  JPEG: await file(picture().jpeg()),
  PNG: await file(picture().png()),
  GIF: await file(picture().gif()),
};

describe.each(Object.entries(sources))("of a %s that is cut off", (_, whole) => {
  const cut = whole.subarray(0, Math.floor(whole.length * 0.7));

  test("what there is is rendered where that is allowed, and said to be partial", async () => {
    const { rendition, samples } = await renderOne(cut, allow);
    expect(rendition).toMatchObject({ width, height, partial: true });
    const expected = await decode(await file(read((await renderOne(whole)).samples).png()));
    expect(psnr(upper(samples), upper(expected))).toBeGreaterThan(40);
  });

  test("nothing is rendered where it is not, or not by all outputs", async () => {
    expect(await refusal(cut, {})).toMatchObject({ reason: expect.stringMatching(/image$/) });
    expect(await refusal(cut, allow, {})).toMatchObject({
      reason: expect.stringMatching(/image$/),
    });
  });

  test("a whole one is not said to be partial", async () => {
    const { renditions } = await render(whole, allow, allow);
    expect(renditions.map(({ partial }) => partial)).toEqual([undefined, undefined]);
  });
});

test("of a file that ends in its header there is nothing to render", async () => {
  for (const whole of Object.values(sources)) {
    expect(await refusal(whole.subarray(0, 30), allow)).toBeDefined();
  }
});
