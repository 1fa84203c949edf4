import fc from "fast-check";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import type { Size } from "../../../core/image/size.ts";
import { layOut, type Area } from "../../../core/plan/geometry.ts";
import type { Fit } from "../../../core/transform/transform.ts";
import type { FocalPoint } from "../../../core/transform/values.ts";

type Wish = Parameters<typeof layOut>[1];
type Asked = Partial<Wish> & { readonly focus?: FocalPoint };

const center = { x: 0.5, y: 0.5 };
const fits: readonly Fit[] = [
  "scale-down",
  "contain",
  "cover",
  "crop",
  "aspect-crop",
  "pad",
  "squeeze",
];
const size = (text: string): Size => {
  const [width = 0, height = 0] = text.split("x").map(Number);
  return { width, height };
};
const text = ({ width, height }: Size) => `${width}x${height}`;
const place = (source: Size, { focus = center, ...asked }: Asked) =>
  layOut({ x: 0, y: 0, ...source }, { dpr: 1, fit: "scale-down", zoom: 0, ...asked }, focus);

describe("the examples of Cloudflare's page", () => {
  test.each<[Fit, string, { crop: string; canvas: string; offset?: [number, number] }]>([
    ["scale-down", "500x500", { crop: "0,0 1080x720", canvas: "500x333" }],
    ["scale-down", "2000x2000", { crop: "0,0 1080x720", canvas: "1080x720" }],
    ["cover", "500x500", { crop: "180,0 720x720", canvas: "500x500" }],
    ["crop", "1296x1296", { crop: "0,0 1080x720", canvas: "1080x720" }],
    ["pad", "1080x1080", { crop: "0,0 1080x720", canvas: "1080x1080", offset: [0, 180] }],
    ["squeeze", "1080x540", { crop: "0,0 1080x720", canvas: "1080x540" }],
    ["aspect-crop", "500x500", { crop: "180,0 720x720", canvas: "500x500" }],
    ["aspect-crop", "2000x2000", { crop: "180,0 720x720", canvas: "720x720" }],
    ["aspect-crop", "2000x500", { crop: "0,225 1080x270", canvas: "1080x270" }],
  ])("%s of 1080x720 to %s", (fit, box, { crop, canvas, offset = [0, 0] }) => {
    const laid = place(size("1080x720"), { fit, ...size(box) });
    expect(`${laid.crop.x},${laid.crop.y} ${text(laid.crop)}`).toBe(crop);
    expect(text(laid.canvas)).toBe(canvas);
    expect([laid.offset.x, laid.offset.y]).toEqual(offset);
  });
});

describe("sizes", () => {
  test.each<[string, Asked, string]>([
    ["1000x333", { width: 100 }, "100x33"],
    ["1000x333", { height: 100 }, "300x100"],
    ["1000x500", { width: 300, dpr: 2 }, "600x300"],
    ["1000x500", { width: 300, dpr: 1.5, fit: "squeeze", height: 1 }, "450x2"],
    ["1000x500", { width: 600, dpr: 2 }, "1000x500"],
    ["1000x500", { width: 1, dpr: 0.1 }, "1x1"],
    ["100x50", { width: 400, fit: "contain" }, "400x200"],
    ["100x50", { width: 400, height: 300, fit: "contain" }, "400x200"],
    ["100x50", { width: 400, height: 300, fit: "cover" }, "400x300"],
    ["100x50", { width: 400, height: 300, fit: "pad" }, "400x300"],
    ["100x50", { width: 40, fit: "squeeze" }, "40x20"],
    // Only the side that the source has to spare is cut.
    ["1000x100", { width: 500, height: 500, fit: "crop" }, "500x100"],
    ["65535x1", { width: 100 }, "100x1"],
    ["1x65535", { height: 100, fit: "contain" }, "1x100"],
    ["1x65535", { width: 100, height: 100, fit: "cover" }, "100x100"],
  ])("%s asked for as %j is %s", (source, asked, canvas) => {
    expect(text(place(size(source), asked).canvas)).toBe(canvas);
  });

  test.each(fits)("without width and height %s keeps the source as it is", (fit) => {
    expect(place(size("640x427"), { fit, dpr: 2 })).toEqual({
      crop: { x: 0, y: 0, width: 640, height: 427 },
      scaled: { width: 640, height: 427 },
      offset: { x: 0, y: 0 },
      canvas: { width: 640, height: 427 },
      border: { top: 0, right: 0, bottom: 0, left: 0 },
    });
  });

  test.each(fits)("with one side alone %s cuts and pads nothing", (fit) => {
    const laid = place(size("1000x333"), { fit, width: 100 });
    expect(laid.crop).toEqual({ x: 0, y: 0, width: 1000, height: 333 });
    expect(laid.scaled).toEqual({ width: 100, height: 33 });
    expect(laid.canvas).toEqual(laid.scaled);
  });
});

describe("the focus", () => {
  test.each([
    [{ x: 0, y: 0.5 }, 0],
    [{ x: 1, y: 0.5 }, 500],
    [{ x: 0.5, y: 0 }, 250],
    [{ x: 0.4, y: 0.5 }, 150],
    [{ x: 0.1, y: 0.5 }, 0],
    [{ x: 0.9, y: 0.5 }, 500],
    [{ x: 0.4, y: 0.5, isPosition: true }, 200],
    [{ x: 0.95, y: 1, isPosition: true }, 475],
  ])("%j centres the window as far as the edges allow, or cuts as CSS does", (focus, x) => {
    const laid = place(size("1000x500"), { width: 100, height: 100, fit: "cover", focus });
    expect(laid.crop).toEqual({ x, y: 0, width: 500, height: 500 });
  });

  test("does not move a padded picture", () => {
    const asked = { width: 100, height: 101, fit: "pad" } as const;
    const laid = place(size("100x50"), { ...asked, focus: { x: 0, y: 0 } });
    expect(laid.offset).toEqual({ x: 0, y: 25 });
  });

  test("is a point on what trim leaves", () => {
    const kept = { x: 100, y: 50, width: 800, height: 400 };
    const wish = { width: 100, height: 100, dpr: 1, fit: "cover", zoom: 0 } as const;
    const laid = layOut(kept, wish, { x: 1, y: 0.5 });
    expect(laid.crop).toEqual({ x: 500, y: 50, width: 400, height: 400 });
  });
});

describe("zoom", () => {
  const zoomed = (source: string, asked: Asked) => {
    const { crop, canvas } = place(size(source), asked);
    return `${crop.x},${crop.y} ${text(crop)} to ${text(canvas)}`;
  };

  test("cuts closer around the focus and keeps the rendition's size", () => {
    const asked = { width: 100, height: 100, fit: "cover" } as const;
    expect(zoomed("800x400", { ...asked, zoom: 0 })).toBe("200,0 400x400 to 100x100");
    expect(zoomed("800x400", { ...asked, zoom: 1 })).toBe("350,150 100x100 to 100x100");
    expect(zoomed("800x400", { ...asked, zoom: 0.4, focus: { x: 0, y: 1 } })).toBe(
      "0,120 280x280 to 100x100",
    );
    expect(zoomed("800x400", { width: 100, fit: "cover", zoom: 1 })).toBe(
      "300,150 200x100 to 100x50",
    );
  });

  test("does not make a fit enlarge that never does, and says nothing to one that never crops", () => {
    const asked = { width: 200, height: 200, zoom: 1 } as const;
    expect(zoomed("800x400", { ...asked, fit: "crop" })).toBe("300,100 200x200 to 200x200");
    expect(zoomed("100x100", { ...asked, fit: "aspect-crop" })).toBe("0,0 100x100 to 100x100");
    expect(zoomed("800x400", { ...asked, fit: "contain" })).toBe("0,0 800x400 to 200x100");
  });
});

describe("a border", () => {
  const colour = { r: 0, g: 0, b: 0, a: 255 };
  const border = { top: 1, right: 2, bottom: 3, left: 4, colour };

  test("is drawn around the fitted picture, in device pixels", () => {
    const laid = place(size("1000x500"), { width: 100, dpr: 1.5, border });
    expect(laid.scaled).toEqual({ width: 150, height: 75 });
    expect(laid.border).toEqual({ top: 2, right: 3, bottom: 5, left: 6 });
    expect(laid.offset).toEqual({ x: 6, y: 2 });
    expect(laid.canvas).toEqual({ width: 159, height: 82 });
  });

  test("lies outside of the padding", () => {
    const laid = place(size("100x50"), { width: 100, height: 100, fit: "pad", border });
    expect(laid.offset).toEqual({ x: 4, y: 26 });
    expect(laid.canvas).toEqual({ width: 106, height: 104 });
  });
});

const sourceSide = fc.oneof(fc.integer({ min: 1, max: 65_535 }), fc.integer({ min: 1, max: 20 }));
const askedSide = fc.oneof(fc.integer({ min: 1, max: 12_000 }), fc.integer({ min: 1, max: 20 }));
const fraction = fc.double({ min: 0, max: 1, noNaN: true });
const start = fc.integer({ min: 0, max: 1000 });
const anySource = fc.record({ x: start, y: start, width: sourceSide, height: sourceSide });
const anyAsked = fc.record({
  width: fc.option(askedSide, { nil: undefined }),
  height: fc.option(askedSide, { nil: undefined }),
  dpr: fc.double({ min: 0.1, max: 8, noNaN: true }),
  fit: fc.constantFrom(...fits),
  zoom: fc.oneof(fc.constant(0), fraction),
});
const anyFocus = fc.record({ x: fraction, y: fraction });

describe("for every source and every wish", () => {
  test("sides are whole and positive, the crop is in the source, the picture on the canvas", () => {
    everyCase((source, asked, focus) => {
      const { crop, scaled, offset, canvas } = layOut(source, asked, focus);
      for (const side of [crop, scaled, canvas].flatMap(({ width, height }) => [width, height])) {
        expect(Number.isSafeInteger(side) && side >= 1).toBe(true);
      }
      for (const start of [crop.x, crop.y, offset.x, offset.y]) {
        expect(Number.isSafeInteger(start) && start >= 0).toBe(true);
      }
      expect(crop.x).toBeGreaterThanOrEqual(source.x);
      expect(crop.y).toBeGreaterThanOrEqual(source.y);
      expect(crop.x + crop.width).toBeLessThanOrEqual(source.x + source.width);
      expect(crop.y + crop.height).toBeLessThanOrEqual(source.y + source.height);
      expect(offset.x + scaled.width).toBeLessThanOrEqual(canvas.width);
      expect(offset.y + scaled.height).toBeLessThanOrEqual(canvas.height);
      expect(canvas).toEqual(asked.fit === "pad" ? canvas : scaled);
    });
  });

  test("the focal point stays in view", () => {
    everyCase((source, asked, focus) => {
      const { crop } = layOut(source, asked, focus);
      const [x, y] = [source.x + focus.x * source.width, source.y + focus.y * source.height];
      // The window's ends are rounded to whole pixels.
      expect(x).toBeGreaterThanOrEqual(crop.x - 0.5);
      expect(x).toBeLessThanOrEqual(crop.x + crop.width + 0.5);
      expect(y).toBeGreaterThanOrEqual(crop.y - 0.5);
      expect(y).toBeLessThanOrEqual(crop.y + crop.height + 0.5);
    });
  });

  test("what keeps the aspect is one scale, rounded to the pixel", () => {
    everyCase((source, asked, focus) => {
      if (asked.fit !== "scale-down" && asked.fit !== "contain" && asked.fit !== "pad") return;
      const { scaled } = layOut(source, asked, focus);
      const [low, high] = scalesThatGive(source.width, scaled.width);
      const [lower, higher] = scalesThatGive(source.height, scaled.height);
      expect(Math.max(low, lower)).toBeLessThanOrEqual(Math.min(high, higher) * (1 + 1e-12));
    });
  });

  test("what is cropped keeps the aspect to half a pixel of the source or of the rendition", () => {
    everyCase((source, asked, focus) => {
      if (asked.zoom > 0 || (asked.fit !== "cover" && asked.fit !== "crop")) return;
      const { crop, scaled } = layOut(source, asked, focus);
      const ratio = Math.max(
        asked.width === undefined ? 0 : pixels(asked.width, asked.dpr) / source.width,
        asked.height === undefined ? 0 : pixels(asked.height, asked.dpr) / source.height,
      );
      const used = ratio === 0 || (asked.fit === "crop" && ratio > 1) ? 1 : ratio;
      for (const side of ["width", "height"] as const) {
        if (crop[side] === 1 || scaled[side] === 1) continue;
        const error = Math.abs(crop[side] * used - scaled[side]);
        expect(error).toBeLessThanOrEqual(Math.max(used, 1) / 2 + 1e-6);
      }
    });
  });

  test("scale-down and crop never enlarge", () => {
    everyCase((source, asked, focus) => {
      if (asked.fit !== "scale-down" && asked.fit !== "crop") return;
      const { crop, scaled } = layOut(source, asked, focus);
      expect(scaled.width).toBeLessThanOrEqual(crop.width);
      expect(scaled.height).toBeLessThanOrEqual(crop.height);
    });
  });

  test("cover, pad and squeeze fill the box exactly", () => {
    everyCase((source, asked, focus) => {
      if (asked.fit !== "cover" && asked.fit !== "pad" && asked.fit !== "squeeze") return;
      const { canvas } = layOut(source, asked, focus);
      const { width, height, dpr } = asked;
      expect(canvas.width).toBe(width === undefined ? canvas.width : pixels(width, dpr));
      expect(canvas.height).toBe(height === undefined ? canvas.height : pixels(height, dpr));
    });
  });
});

test("sizes are those of sharp", async () => {
  const small = fc.integer({ min: 1, max: 90 });
  const sharpFits = [
    ["scale-down", { fit: "inside", withoutEnlargement: true }],
    ["contain", { fit: "inside" }],
    ["cover", { fit: "cover" }],
    ["crop", { fit: "cover", withoutEnlargement: true }],
    ["pad", { fit: "contain" }],
    ["squeeze", { fit: "fill" }],
  ] as const;
  await fc.assert(
    fc.asyncProperty(small, small, small, small, async (width, height, askedWidth, askedHeight) => {
      // Where a side falls half-way between two pixels, sharp rounds by its own floating point.
      fc.pre(!isHalf((height * askedWidth) / width) && !isHalf((width * askedHeight) / height));
      const grey = Buffer.alloc(width * height);
      const asked = { width: askedWidth, height: askedHeight };
      for (const [fit, resize] of sharpFits) {
        const { info } = await sharp(grey, { raw: { width, height, channels: 1 } })
          .resize({ ...asked, ...resize })
          .raw()
          .toBuffer({ resolveWithObject: true });
        expect(text(place({ width, height }, { ...asked, fit }).canvas), fit).toBe(text(info));
      }
    }),
    { numRuns: 40 },
  );
});

function everyCase(check: (source: Area, asked: Wish, focus: FocalPoint) => void): void {
  fc.assert(fc.property(anySource, anyAsked, anyFocus, check), { numRuns: 300 });
}

const isHalf = (side: number) => Math.abs((side % 1) - 0.5) < 1e-9;

const pixels = (side: number, dpr: number) => Math.max(1, Math.round(side * dpr));

/** The scales for which a side becomes `scaled` by rounding; a side is never less than 1. */
function scalesThatGive(side: number, scaled: number): [least: number, most: number] {
  return [scaled === 1 ? 0 : (scaled - 0.5) / side, (scaled + 0.5) / side];
}
