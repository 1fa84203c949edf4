import { describe, expect, it } from "vitest";
import { defaultFormat, negotiateFormat } from "../../core/image/format-negotiation.ts";

const opaque = (format: "jpeg" | "png" | "webp" | "gif" | "avif") => ({ format, hasAlpha: false });
const transparent = (format: "png" | "webp" | "gif" | "avif") => ({ format, hasAlpha: true });

describe("negotiateFormat", () => {
  it.each([
    ["image/webp"],
    ["image/avif,image/webp,image/apng,*/*;q=0.8"],
    ["text/html, IMAGE/WebP ;q=0.001"],
    ["image/webp;level=1;q=1"],
  ])("auto is WebP for a client that names it: %s", (accept) => {
    expect(negotiateFormat("auto", accept, opaque("jpeg"))).toBe("webp");
  });

  it.each([
    [null],
    [""],
    ["*/*"],
    ["image/*"],
    ["image/webp;q=0"],
    ["image/webp; q=0.000"],
    ["image/webp;q=much"],
    ["image/webpx, ximage/webp"],
    [",;=,;q="],
  ])("auto is not WebP for a client that does not: %s", (accept) => {
    expect(negotiateFormat("auto", accept, opaque("jpeg"))).toBe("jpeg");
  });

  it.each([
    ["jpeg", opaque("jpeg")],
    ["png", opaque("png")],
    ["jpeg", opaque("webp")],
    ["png", transparent("webp")],
    ["png", opaque("gif")],
    ["jpeg", opaque("avif")],
    ["png", transparent("avif")],
  ] as const)("auto without WebP is %s for %o", (format, source) => {
    expect(negotiateFormat("auto", null, source)).toBe(format);
  });

  it.each(["jpeg", "png", "webp"] as const)(
    "an explicit %s stays, whatever is accepted",
    (format) => {
      expect(negotiateFormat(format, "image/webp", transparent("png"))).toBe(format);
      expect(negotiateFormat(format, "image/webp;q=0", opaque("jpeg"))).toBe(format);
    },
  );
});

describe("defaultFormat", () => {
  it.each([
    ["jpeg", opaque("jpeg")],
    ["png", transparent("png")],
    ["webp", opaque("webp")],
    ["png", transparent("gif")],
    ["jpeg", opaque("avif")],
    ["png", transparent("avif")],
  ] as const)("is %s for %o", (format, source) => {
    expect(defaultFormat(source)).toBe(format);
  });
});
