import { describe, expect, test } from "vitest";
import { limits } from "../../../core/limits.ts";
import { parseOptionList, parseOutputs } from "../../../core/transform/grammar.ts";
import { defaults } from "./default-transform.ts";

const query = (text: string) => parseOutputs(new URLSearchParams(text));

describe("an option list", () => {
  test("is split at commas, except inside brackets", () => {
    expect(parseOptionList("background=rgb(1,2,3),width=800,sharpen=.5")).toEqual({
      ok: true,
      value: { ...defaults, background: { r: 1, g: 2, b: 3, a: 255 }, width: 800, sharpen: 0.5 },
    });
  });

  test("may have spaces around its commas and a comma at its end", () => {
    const value = { ...defaults, width: 800, format: "webp" };
    expect(parseOptionList(" width=800, format=webp,")).toEqual({ ok: true, value });
    expect(parseOptionList("width = 800 ,format= webp , ")).toEqual({ ok: true, value });
  });

  test("may be empty", () => {
    for (const list of ["", " "]) {
      expect(parseOptionList(list), list).toEqual({ ok: true, value: defaults });
    }
  });

  test("is refused by name where a comma has no option before it", () => {
    for (const list of [",", ",w=8", "w=8,,f=webp", "w=8, ,f=webp", "w=8,,"]) {
      expect(query(`output=${list}`), list).toMatchObject({ error: { option: "output" } });
    }
  });

  test("with brackets that never close is refused, not split inside them", () => {
    const text = `background=${"rgb(".repeat(500)}1,width=5`;
    expect(parseOptionList(text)).toMatchObject({ ok: false, error: { option: "background" } });
  });

  test("with nothing between commas in brackets is refused for the option that has them", () => {
    for (const colour of ["rgb(1,,2)", "rgb(1,,2"]) {
      const refused = { ok: false, error: { option: "background" } };
      expect(parseOptionList(`background=${colour}`), colour).toMatchObject(refused);
    }
  });

  test("is read up to the limit of characters, and no further", () => {
    const list = (length: number) => parseOptionList("w=1".padEnd(length));
    expect(list(limits.optionsCharsMax)).toMatchObject({ ok: true, value: { width: 1 } });
    expect(list(limits.optionsCharsMax + 1)).toMatchObject({ error: { option: "output" } });
  });
});
