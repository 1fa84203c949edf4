import { describe, expect, test } from "vitest";
import { readCmykProfile } from "../../../engine/colour/cmyk-profile.ts";
import { defaultCmykTable, type CmykTable } from "../../../engine/colour/cmyk-table.ts";
import { readLut, whitePoint } from "../../../engine/colour/icc-lut.ts";
import { readIccProfile } from "../../../engine/colour/icc-profile.ts";
import { xyzToSrgb } from "../../../engine/colour/icc.ts";
import { writeCmykProfile, type ProfileForm } from "./cmyk-profile-fixture.ts";

const small: ProfileForm = { type: "mft2", sides: [2, 2, 2, 2] };

/** What a table says of inks, each of 0..1. */
function colourAt({ side, rgb }: CmykTable, inks: readonly number[]): number[] {
  const entry = inks.reduceRight((at, ink) => at * side + Math.round(ink * (side - 1)), 0);
  return [...rgb.subarray(3 * entry, 3 * entry + 3)];
}

function tableOf(form: ProfileForm): CmykTable {
  const table = readCmykProfile(writeCmykProfile(form));
  if (!table) throw new Error("no table");
  return table;
}

/** What the profile itself prints, from its own table. */
function printed(
  { tag = "A2B0", ...form }: ProfileForm,
  inks: readonly number[],
): readonly number[] {
  const profile = readIccProfile(writeCmykProfile({ ...form, tag }));
  const view = profile?.tags.get(tag);
  const lut = view && readLut(view, 4, profile?.connectionSpace ?? "");
  if (!lut) throw new Error("no table");
  return lut(inks);
}

const allInks = [1, 1, 1, 1];
const several = [
  [1, 0, 0, 0],
  [0, 1, 0, 0],
  [0, 0, 1, 0],
  [0, 0, 0, 1],
  [0.125, 0.25, 0.5, 0.75],
  [1, 0.5, 0, 0.25],
];

describe("the table of a profile", () => {
  test("has paper white, and all inks black", () => {
    const table = tableOf(small);
    expect(table.side).toBe(9);
    expect(table.rgb).toHaveLength(3 * 9 ** 4);
    expect(colourAt(table, [0, 0, 0, 0])).toEqual([255, 255, 255]);
    expect(colourAt(table, allInks)).toEqual([0, 0, 0]);
  });

  test("has what the inks print, less what black shines, white the same", () => {
    const table = tableOf(small);
    const black = printed(small, allInks);
    for (const inks of several) {
      const stretched = printed(small, inks).map((value, k) => {
        const [white, lowest] = [whitePoint[k] ?? 0, black[k] ?? 0];
        return (white * (value - lowest)) / (white - lowest);
      });
      expect(colourAt(table, inks)).toEqual(xyzToSrgb(stretched));
    }
  });

  // At 0.57 black is dark in blue alone, at 0.59 in all but red, by a little.
  test.each([0.1, 0.57, 0.59])(
    "has what the inks print where black is no darker than half: %d",
    (strength) => {
      const form = { ...small, strength };
      const table = tableOf(form);
      const isDark = printed(form, allInks).map((value, k) => value < 0.184 * (whitePoint[k] ?? 0));
      expect(isDark).toContain(false);
      expect(isDark.includes(true)).toBe(strength > 0.4);
      for (const inks of [...several, allInks]) {
        expect(colourAt(table, inks)).toEqual(xyzToSrgb(printed(form, inks)));
      }
    },
  );

  test("is the colorimetric one where there is none for pictures", () => {
    expect(tableOf({ ...small, tag: "A2B1" })).toEqual(tableOf(small));
    expect(readCmykProfile(writeCmykProfile({ ...small, tag: "A2B2" }))).toBeUndefined();
  });

  test("is none where the profile is of other colours, or none", () => {
    expect(readCmykProfile(writeCmykProfile({ ...small, space: "RGB " }))).toBeUndefined();
    expect(readCmykProfile(new Uint8Array(0))).toBeUndefined();
  });
});

test("files that say nothing of their inks have paper white, all inks black, and hues that differ", () => {
  const { side, rgb } = defaultCmykTable;
  expect(rgb).toHaveLength(3 * side ** 4);
  const seen = (...inks: readonly number[]) => colourAt(defaultCmykTable, inks);
  expect(seen(0, 0, 0, 0)).toEqual([255, 255, 255]);
  expect(Math.max(...seen(1, 1, 1, 1))).toBeLessThan(20);
  expect([seen(1, 0, 0, 0), seen(0, 1, 0, 0), seen(0, 0, 1, 0)]).toEqual([
    [0, 153, 227],
    [234, 0, 128],
    [255, 240, 0],
  ]);
});
