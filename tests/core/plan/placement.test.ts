import fc from "fast-check";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { parseOptionList } from "../../../core/transform/grammar.ts";
import type { Size } from "../../../core/image/size.ts";
import type { Area } from "../../../core/plan/geometry.ts";
import { place, trimmed, turned, type Findings } from "../../../core/plan/placement.ts";
import type { Transform } from "../../../core/transform/transform.ts";

const picture = { width: 100, height: 60 };
const asked = (list: string): Transform => {
  const parsed = parseOptionList(list);
  if (!parsed.ok) throw new Error(parsed.error.detail);
  return parsed.value;
};
const text = (area: Area | undefined) => area && `${area.x},${area.y} ${area.width}x${area.height}`;

describe("what trim leaves of 100x60", () => {
  test.each([
    ["", "0,0 100x60"],
    ["trim=1;2;3;4", "4,1 94x56"],
    ["trim=1;2;3;4,dpr=2", "8,2 88x52"],
    ["trim=0.25;0.1;0.25;0.1,dpr=2", "10,15 80x30"],
    ["trim=0;0;0;99", "99,0 1x60"],
    ["trim=59;0;0;0", "0,59 100x1"],
    ["trim.top=10", "0,10 100x50"],
    ["trim.left=10,trim.top=20,trim.width=30,trim.height=15", "10,20 30x15"],
    ["trim.left=5,trim.width=30,dpr=2", "10,0 60x60"],
    ["trim.left=90,trim.width=30", "90,0 10x60"],
    ["trim.width=0.0001", "0,0 1x60"],
    ["trim.left=0.5,trim.top=0.5", "50,30 50x30"],
  ])("by %j is %s", (list, area) => {
    expect(text(trimmed(picture, asked(list)))).toBe(area);
  });

  test.each(["trim=30;0;30;0", "trim=0;60;0;60", "trim.left=100", "trim.top=0.9999"])(
    "by %j is nothing, which is refused",
    (list) => {
      const error = { reason: "trimmed_away", ...picture };
      expect(place(picture, asked(list))).toEqual({ ok: false, error });
    },
  );
});

describe("a border trim", () => {
  const content = { x: 10, y: 5, width: 70, height: 40 };

  test.each<[string, Area | undefined, string]>([
    ["trim=border", content, "10,5 70x40"],
    ["trim.border.keep=3", content, "7,2 76x46"],
    ["trim.border.keep=3,dpr=2", content, "4,0 82x51"],
    ["trim.border.keep=65535", content, "0,0 100x60"],
    ["trim=border", undefined, "0,0 100x60"],
  ])("by %j with %j found leaves %s", (list, found, area) => {
    expect(text(trimmed(picture, asked(list), found))).toBe(area);
  });

  test("is laid out by what was found", () => {
    const wish = asked("trim=border,rotate=90,width=20,height=20,fit=cover,gravity=top");
    const placed = place(picture, wish, { content });
    // Upright 70x40 at 10,5 lies at 15,10 with 40x70 once turned; its upper square stays.
    expect(placed).toMatchObject({
      ok: true,
      value: { crop: { x: 15, y: 10, width: 40, height: 40 }, canvas: { width: 20, height: 20 } },
    });
  });
});

test("an area is turned as sharp turns its pixels", async () => {
  const side = fc.integer({ min: 1, max: 6 });
  const anyArea = fc
    .tuple(side, side, side, side, side, side)
    .map(([before, length, after, above, height, below]): [Size, Area] => [
      { width: before + length + after, height: above + height + below },
      { x: before, y: above, width: length, height },
    ]);
  await fc.assert(
    fc.asyncProperty(
      anyArea,
      fc.constantFrom("", "h", "v", "hv"),
      fc.constantFrom(0, 90, 180, 270),
      async ([upright, area], flip, rotate) => {
        const marked = await turnedBySharp(upright, area, flip, rotate);
        expect(text(turned(area, upright, { flip, rotate }))).toBe(text(marked));
      },
    ),
    { numRuns: 60 },
  );
});

test("gravity=auto takes the focus that was found, and its sizes do not depend on it", () => {
  const wish = asked("width=10,height=10,fit=cover,gravity=auto");
  const cropAt = (findings?: Findings) => {
    const placed = place(picture, wish, findings);
    return placed.ok ? text(placed.value.crop) : "refused";
  };
  expect(cropAt()).toBe("20,0 60x60");
  expect(cropAt({ focus: { x: 1, y: 0 } })).toBe("40,0 60x60");
  expect(cropAt({ focus: { x: 0.4, y: 0.5 } })).toBe("10,0 60x60");
});

test("a focus that was found moves nothing that has a gravity of its own", () => {
  const wish = asked("width=10,height=10,fit=cover,gravity=left");
  expect(place(picture, wish, { focus: { x: 1, y: 1 } })).toEqual(place(picture, wish));
});

/** Paints the area white, lets sharp mirror and turn the picture, and looks where the white is. */
async function turnedBySharp(
  upright: Size,
  area: Area,
  flip: Transform["flip"],
  rotate: Transform["rotate"],
): Promise<Area> {
  const grey = Buffer.alloc(upright.width * upright.height);
  for (let y = area.y; y < area.y + area.height; y++) {
    const row = y * upright.width;
    grey.fill(255, row + area.x, row + area.x + area.width);
  }
  let mirrored = sharp(grey, { raw: { ...upright, channels: 1 } });
  if (flip.includes("h")) mirrored = mirrored.flop();
  if (flip.includes("v")) mirrored = mirrored.flip();
  // Sharp would turn before it mirrors, so each is a pipeline of its own.
  const flipped = await mirrored.raw().toBuffer({ resolveWithObject: true });
  const { data, info } = await sharp(flipped.data, { raw: flipped.info })
    .rotate(rotate)
    .raw()
    .toBuffer({ resolveWithObject: true });
  const columns: number[] = [];
  const rows: number[] = [];
  for (let y = 0; y < info.height; y++) {
    for (let x = 0; x < info.width; x++) {
      if (data[(y * info.width + x) * info.channels] !== 255) continue;
      columns.push(x);
      rows.push(y);
    }
  }
  const [x, y] = [Math.min(...columns), Math.min(...rows)];
  return { x, y, width: Math.max(...columns) - x + 1, height: Math.max(...rows) - y + 1 };
}
