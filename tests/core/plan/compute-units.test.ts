import { describe, expect, test } from "vitest";
import { renderTransform } from "../../../bench/render-transform.ts";
import type { ImageInfo } from "../../../core/image/image-info.ts";
import { costs } from "../../../core/plan/compute-units.ts";
import type { OverlaySource } from "../../../core/plan/overlay-placement.ts";
import { planRender } from "../../../core/plan/plan.ts";
import type { RenderTransform } from "../../../core/transform/transform.ts";
import { pictureInfo } from "../image/picture-info.ts";
import { plan, sourceBytes } from "./photo.ts";

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

describe("the bill names each operation and how much there is of it:", () => {
  /** For a photograph of 1600 × 1200 that is as said; what there is none of is left out. */
  function bill(about: Partial<ImageInfo>, outputs: readonly string[], overlay?: OverlaySource) {
    const info = pictureInfo(about);
    const planned = planRender(info, outputs.map(renderTransform), sourceBytes, { overlay });
    if (!planned.ok) throw new Error(planned.error.reason);
    const all = costs({ ...planned.value, info, sourceBytes }).filter(({ quantity }) => quantity);
    return {
      units: planned.value.computeUnits,
      items: all.map(
        ({ operation, quantity, nanosEach }) => `${quantity} ${operation}: ${nanosEach}`,
      ),
    };
  }

  const baseline = [
    "1 render: 190000",
    "400000 source byte of jpeg: 6",
    "1920000 source pixel of jpeg: 0.2",
    "2880000 decoded sample: 0.9",
  ];

  test("a JPEG that stays planes", () => {
    expect(bill({}, ["width=800,format=jpeg"])).toEqual({
      units: 10,
      items: [
        ...baseline,
        "2880000 sample read to resize: 0.2",
        "480000 pixel resized in planes: 5",
        "1 jpeg file: 240000",
        "480000 jpeg pixel: 1.5",
      ],
    });
  });

  test("a JPEG on a canvas", () => {
    expect(bill({}, ["width=800,height=800,fit=pad,format=jpeg"])).toEqual({
      units: 12,
      items: [
        ...baseline,
        "2880000 sample read to resize: 0.2",
        "480000 pixel resized in planes: 5",
        "480000 pixel made of planes: 4",
        "1 jpeg file: 240000",
        "640000 jpeg pixel: 1.5",
      ],
    });
  });

  test.each(["max_bytes=90000", "blur=1", "sharpen=1", "pixelate=2", "overlay.top=0"])(
    "with %s a JPEG's planes become pixels; a tone costs nothing",
    (option) => {
      const made = "480000 pixel made of planes: 4";
      expect(bill({}, [`width=800,format=jpeg,${option}`]).items).toContain(made);
      expect(bill({}, ["width=800,format=jpeg,gamma=2,pixelate=1"]).items).not.toContain(made);
    },
  );

  test("a JPEG that is decoded smaller, with effects", () => {
    const effects = "width=400,format=webp,blur=3,sharpen=1,pixelate=4";
    expect(bill({ width: 4000, height: 3000 }, [effects])).toEqual({
      units: 24,
      items: [
        "1 render: 190000",
        "400000 source byte of jpeg: 6",
        "12000000 source pixel of jpeg: 0.2",
        "281250 decoded sample: 0.9",
        "281250 sample read to resize: 0.2",
        "120000 pixel resized in planes: 5",
        "120000 pixel made of planes: 4",
        "120000 pixel blurred: 15",
        "120000 pixel sharpened: 11",
        "120000 pixel of a square: 2.5",
        "1 webp file: 1200000",
        "120000 webp pixel: 107",
      ],
    });
  });

  test("a PNG for two outputs, one of which has a bound", () => {
    const outputs = ["width=800,format=png", "width=400,format=jpeg,max_bytes=9000"];
    expect(bill({ format: "png" }, outputs)).toEqual({
      units: 41,
      items: [
        "1 render: 190000",
        "400000 source byte of png: 4.2",
        "1920000 source pixel of png: 1.2",
        "1920000 decoded pixel: 1",
        "1920000 pixel read to resize: 2",
        "480000 pixel resized: 2",
        "1 png file: 0",
        "480000 png pixel: 50",
        "1920000 pixel read to resize: 2",
        "120000 pixel resized: 2",
        "4 jpeg file: 240000",
        "480000 jpeg pixel: 1.5",
      ],
    });
  });

  test("a PNG that is decoded smaller", () => {
    expect(bill({ format: "png" }, ["width=200,format=json"]).items).toEqual(
      expect.arrayContaining(["30000 decoded pixel: 1", "30000 pixel read to resize: 2"]),
    );
  });

  test("an animation, frame by frame", () => {
    const source = { format: "gif", frames: 5, width: 400, height: 300 } as const;
    expect(bill(source, ["width=200,format=webp,anim=true,blur=1"])).toEqual({
      units: 37,
      items: [
        "1 render: 190000",
        "400000 source byte of gif: 0",
        "120000 source pixel of gif: 12",
        "120000 decoded pixel: 1",
        "4 further frame: 150000",
        "480000 pixel of a further frame of gif: 18",
        "600000 pixel read to resize: 2",
        "150000 pixel resized: 2",
        "150000 pixel blurred: 15",
        "5 webp file: 1200000",
        "150000 webp pixel: 107",
      ],
    });
  });

  test("an overlay, where it is drawn", () => {
    const overlay = { info: pictureInfo({ format: "png", width: 100, height: 60 }), bytes: 7000 };
    const drawn = "width=800,format=jpeg,overlay.width=50,overlay.left=780";
    expect(bill({}, [drawn, "width=400,format=webp"], overlay).items.slice(-5)).toEqual([
      "1 overlay: 250000",
      "7000 overlay byte of png: 8.4",
      "6000 overlay pixel of png: 3.2",
      "1500 pixel of an overlay resized: 2",
      "600 pixel drawn on: 2",
    ]);
    expect(bill({}, [drawn]).items.join()).not.toContain("overlay");
  });

  test("a source whose samples are not known is taken for one with one a pixel", () => {
    const unknown = bill({ samplesPerPixel: 0 }, ["width=800,format=jpeg"]);
    expect(unknown.items).toContain("1920000 decoded sample: 0.9");
  });
});
