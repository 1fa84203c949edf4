import { describe, expect, test } from "vitest";
import { negotiateFormat } from "../../../core/plan/format-negotiation.ts";
import type { SourceFormat } from "../../../core/image/formats.ts";
import type { ImageInfo } from "../../../core/image/image-info.ts";
import { parseOptionList } from "../../../core/transform/grammar.ts";
import { pictureInfo } from "../image/picture-info.ts";

const size = { width: 800, height: 600 };
const opaque = (format: SourceFormat) => pictureInfo({ ...size, format });
const transparent = (format: SourceFormat) => pictureInfo({ ...size, format, hasAlpha: true });

function negotiate(list: string, accept: string | null, source: ImageInfo): string {
  const transform = parseOptionList(list);
  if (!transform.ok) throw new Error(transform.error.detail);
  return negotiateFormat(transform.value, accept, source);
}

test("auto keeps an animation that is to stay one, for a client that takes WebP", () => {
  const source = { ...transparent("gif"), frames: 5 };
  const takesBoth = "image/avif,image/webp,*/*;q=0.8";
  expect(negotiate("anim=true", takesBoth, source)).toBe("webp");
  expect(negotiate("anim=true", "image/avif,image/webp;q=0.5", source)).toBe("webp");
  expect(negotiate("anim=false", takesBoth, source)).toBe("avif");
  expect(negotiate("anim=true", takesBoth, { ...source, frames: 1 })).toBe("avif");
  expect(negotiate("anim=true", "image/avif", source)).toBe("avif");
  expect(negotiate("anim=true", null, source)).toBe("png");
});

test("auto reads an Accept of any length", () => {
  expect(negotiate("", `${",".repeat(200_000)}image/webp`, opaque("jpeg"))).toBe("webp");
});

describe("auto", () => {
  test.each([
    ["image/webp"],
    ["text/html, IMAGE/WebP ;q=0.001"],
    ["image/webp;level=1;q=1"],
    ["image/webp, image/avif;q=0"],
    ["image/webp, image/avif;q=0.9"],
  ])("is WebP for a client that names it: %s", (accept) => {
    expect(negotiate("", accept, opaque("jpeg"))).toBe("webp");
  });

  test.each([
    ["image/avif"],
    ["image/avif,image/webp,image/apng,*/*;q=0.8"],
    ["image/webp;q=0.9, image/avif;q=0.9"],
  ])("is AVIF for a client that names it and weighs it no less: %s", (accept) => {
    expect(negotiate("", accept, opaque("jpeg"))).toBe("avif");
  });

  test("is AVIF up to the limit of pixels, and then the next best", () => {
    const large = { ...opaque("jpeg"), width: 4000, height: 3000 };
    const both = "image/avif,image/webp";
    expect(negotiate("width=1000", both, large)).toBe("avif");
    expect(negotiate("width=1000,height=1000,fit=cover", both, large)).toBe("avif");
    expect(negotiate("width=1000,height=1001,fit=cover", both, large)).toBe("webp");
    expect(negotiate("width=1000,dpr=2", both, large)).toBe("webp");
    expect(negotiate("", "image/avif", large)).toBe("jpeg");
  });

  test.each([
    [null],
    [""],
    ["*/*"],
    ["image/*"],
    ["image/webp;q=0"],
    ["image/webp; q=0.000"],
    ["image/webp;q=much"],
    ["image/webpx, ximage/webp, image/avif-sequence"],
    [",;=,;q="],
  ])("is nothing that the client does not name: %s", (accept) => {
    expect(negotiate("", accept, opaque("jpeg"))).toBe("jpeg");
  });

  test.each([
    ["jpeg", opaque("jpeg")],
    ["png", opaque("png")],
    ["webp", opaque("webp")],
    ["webp", transparent("webp")],
    ["png", opaque("gif")],
    ["jpeg", opaque("avif")],
    ["webp", transparent("avif")],
  ] as const)("is %s for a client that names nothing and %o", (format, source) => {
    expect(negotiate("", null, source)).toBe(format);
  });

  test("is never PNG with max_bytes, which could not be met", () => {
    expect(negotiate("max_bytes=9000", null, transparent("png"))).toBe("webp");
    expect(negotiate("max_bytes=9000", null, opaque("jpeg"))).toBe("jpeg");
  });
});

test.each(["jpeg", "png", "webp", "avif", "json"])(
  "an explicit %s stays, whatever is accepted",
  (format) => {
    expect(negotiate(`format=${format}`, "image/webp", transparent("png"))).toBe(format);
    expect(negotiate(`format=${format}`, "image/webp;q=0", opaque("jpeg"))).toBe(format);
  },
);
