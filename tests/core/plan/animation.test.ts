import { describe, expect, test } from "vitest";
import { renderTransform } from "../../../bench/render-transform.ts";
import type { ImageInfo } from "../../../core/image/image-info.ts";
import { limits } from "../../../core/limits.ts";
import { framesOf } from "../../../core/plan/animation.ts";
import { pictureInfo } from "../image/picture-info.ts";

const small = { width: 100, height: 100 };
const frames = (about: Partial<ImageInfo>, list = "format=webp,anim=true", canvas = small) => {
  const source = pictureInfo({ ...small, format: "gif", frames: 3, ...about });
  const found = framesOf(source, renderTransform(list), canvas);
  return found.ok ? found.value : found.error;
};

describe("a rendition has the frames of its source", () => {
  test.each<[string, Partial<ImageInfo>, string, number]>([
    ["where they are asked for and kept", {}, "format=webp,anim=true", 3],
    ["not where they are not asked for", {}, "format=webp", 1],
    ["not in a format that keeps none", {}, "format=avif,anim=true", 1],
    ["not of a format whose frames are not read", { format: "avif" }, "format=webp,anim=true", 1],
    ["not of a picture that has one", { frames: 1 }, "format=webp,anim=true", 1],
  ])("%s", (_, about, list, expected) => {
    expect(frames(about, list)).toBe(expected);
  });

  test("as many as may be, and no more", () => {
    expect(frames({ frames: limits.sourceFramesMax })).toBe(limits.sourceFramesMax);
    expect(frames({ frames: limits.sourceFramesMax + 1 })).toMatchObject({
      reason: "image_too_large",
      detail: expect.stringContaining("(50 million pixels)") as string,
      ...small,
    });
  });

  test("by the pixels of the larger of source and canvas", () => {
    const large = { width: 2500, height: 2000 };
    const most = limits.animationPixelsMax / (2500 * 2000);
    expect(frames({ ...large, frames: most })).toBe(most);
    expect(frames({ ...large, frames: most + 1 })).toMatchObject({ reason: "image_too_large" });
    expect(frames({ frames: most + 1 }, undefined, large)).toMatchObject({
      reason: "image_too_large",
    });
  });

  test("and as many as may be where its header does not say how many, but one at least", () => {
    expect(frames({ frames: 0 })).toBe(limits.sourceFramesMax);
    expect(frames({ frames: 0, width: 10_000, height: 5001 })).toBe(1);
  });
});
