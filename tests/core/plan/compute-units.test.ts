import { describe, expect, test } from "vitest";
import type { ImageInfo } from "../../../core/image/image-info.ts";
import type { RenderTransform } from "../../../core/transform/transform.ts";
import { plan } from "./photo.ts";

describe("compute units", () => {
  type Render = readonly [Partial<ImageInfo>, ...Partial<RenderTransform>[]];
  const large = { width: 4000, height: 3000 };
  test.each<{ name: string; dear: Render; cheap: Render }>([
    {
      name: "a larger source",
      dear: [{ ...large, format: "png" }, { width: 800 }],
      cheap: [{ format: "png" }, { width: 800 }],
    },
    { name: "a larger rendition", dear: [large, { width: 1000 }], cheap: [large, { width: 900 }] },
    {
      name: "a progressive JPEG",
      dear: [{ ...large, progressive: true }, { width: 900 }],
      cheap: [large, { width: 900 }],
    },
    {
      name: "an AVIF",
      dear: [{ format: "avif" }, { width: 90 }],
      cheap: [{ format: "webp" }, { width: 90 }],
    },
    {
      name: "a second output",
      dear: [large, { width: 900 }, { width: 900 }],
      cheap: [large, { width: 900 }],
    },
    {
      name: "a WebP",
      dear: [large, { width: 900, format: "webp" }],
      cheap: [large, { width: 900 }],
    },
    { name: "a blur", dear: [large, { width: 900, blur: 3 }], cheap: [large, { width: 900 }] },
    {
      name: "a bound of the file",
      dear: [large, { width: 900, bytesMax: 9000 }],
      cheap: [large, { width: 900 }],
    },
  ])("are more for $name", ({ dear, cheap }) => {
    expect(plan(...dear).computeUnits).toBeGreaterThan(plan(...cheap).computeUnits);
  });

  test("are fewer for two outputs of one decode than for two decodes", () => {
    const together = plan({ format: "png" }, { width: 900 }, { width: 900 }).computeUnits;
    const alone = plan({ format: "png" }, { width: 900 }).computeUnits;
    expect(together).toBeLessThan(2 * alone);
  });

  test("are the same however the picture is turned", () => {
    const upright = plan({}, { width: 400, height: 300, fit: "squeeze" }).computeUnits;
    const turned = plan({ orientation: 6 }, { width: 300, height: 400, fit: "squeeze" });
    expect(turned.computeUnits).toBe(upright);
  });

  test("are at least one", () => {
    expect(plan({ width: 1, height: 1 }, { width: 1 }).computeUnits).toBeGreaterThanOrEqual(1);
  });
});
