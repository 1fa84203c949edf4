import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { limits } from "../../core/limits.ts";
import { focalPoint } from "../../core/transform/option-kinds.ts";
import {
  defaultText,
  optionNames,
  options,
  optionsByName,
  queryParameters,
  type OptionName,
} from "../../core/transform/options.ts";

const read = (name: OptionName, text: string): unknown => {
  const parsed = options[name].parse(text);
  return parsed.ok ? parsed.value : "refused";
};

test.each<[OptionName, string, unknown]>([
  ["width", "1", 1],
  ["width", String(limits.outputSideMax), limits.outputSideMax],
  ["height", "600", 600],
  ["fit", "squeeze", "squeeze"],
  ["gravity", "left", { x: 0, y: 0.5 }],
  ["gravity", "right", { x: 1, y: 0.5 }],
  ["gravity", "top", { x: 0.5, y: 0 }],
  ["gravity", "bottom", { x: 0.5, y: 1 }],
  ["gravity", "center", { x: 0.5, y: 0.5 }],
  ["gravity", "0x1", { x: 0, y: 1 }],
  ["gravity", ".5x0.2", { x: 0.5, y: 0.2 }],
  ["gravity", "0.3333333333333333x0.66666", { x: 0.3333, y: 0.6667 }],
  ["dpr", "1.5", 1.5],
  ["dpr", "0.1", 0.1],
  ["dpr", String(limits.dprMax), limits.dprMax],
  ["flip", "hv", "hv"],
  ["rotate", "0", 0],
  ["rotate", "270", 270],
  ["background", "#f00", { r: 255, g: 0, b: 0, a: 255 }],
  ["blur", "0", 0],
  ["blur", "250", 250],
  ["sharpen", "0.00004", 0],
  ["sharpen", "10", 10],
  ["format", "auto", "auto"],
  ["format", "jpg", "jpeg"],
  ["format", "baseline-jpeg", "jpeg"],
  ["quality", "1", 1],
  ["quality", "100", 100],
  ["quality", "high", 90],
  ["quality", "low", 50],
])("%s=%s is read", (name, text, value) => {
  expect(read(name, text)).toEqual(value);
});

test.each<[OptionName, string[]]>([
  ["width", ["", "0", "-1", "12001", "1.5", "8e2", "0x10", "auto", " 8", "9".repeat(400)]],
  ["height", ["0", "12001", "NaN", "Infinity", "٣"]],
  ["fit", ["Cover", "fill", "", "constructor", "__proto__"]],
  ["gravity", ["auto", "face", "0.5", "1.1x0", "1.00001x0", "-0x0", "0x0x0", "0X0", "x", "."]],
  ["dpr", ["0", "0.09", "8.00001", "-1", "1e0", "2x", "."]],
  ["flip", ["", "vh", "H", "true"]],
  ["rotate", ["45", "360", "-90", "090"]],
  ["background", ["", "ff0000", "#ff", "nocolour"]],
  ["blur", ["-1", "250.1", "1,5"]],
  ["sharpen", ["10.01", "on"]],
  ["format", ["avif", "json", "gif", "JPEG", ""]],
  ["quality", ["0", "101", "50%", "best", "toString"]],
])("%s refuses what is out of range: %j", (name, texts) => {
  for (const text of texts) {
    expect(options[name].parse(text), text).toEqual({
      ok: false,
      error: `must be ${options[name].range}`,
    });
  }
});

describe.each(optionNames)("the record of %s", (name) => {
  const { examples, unset, meaning, schema } = options[name];

  test("has examples that are accepted", () => {
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) expect(options[name].parse(example).ok, example).toBe(true);
  });

  test("says what happens without the option", () => {
    expect(unset ?? defaultText(name)).not.toBe("");
    expect(meaning).toMatch(/\.$/);
  });

  test("has a default that its own text gives back", () => {
    if (defaultText(name) !== "")
      expect(read(name, defaultText(name))).toEqual(options[name].default);
  });

  test("accepts every value that its schema lists", () => {
    const listed = [schema, ...(schema.anyOf ?? [])].flatMap((part) => part.enum ?? []);
    for (const value of listed)
      expect(options[name].parse(String(value)).ok, `${value}`).toBe(true);
  });
});

test("no name or alias stands for two options", () => {
  const written = optionNames.flatMap((name) => [name, ...options[name].aliases]);
  expect(new Set(written).size).toBe(written.length);
  expect(optionsByName.size).toBe(written.length);
});

test("whatever the focal point's pattern allows is read", () => {
  const pattern = new RegExp(focalPoint.schema.pattern ?? "(?!)");
  fc.assert(
    fc.property(fc.stringMatching(pattern), (text) => {
      expect(focalPoint.parse(text).ok).toBe(true);
    }),
  );
});

test("OpenAPI describes every option and the option list", () => {
  const parameters = queryParameters();
  expect(parameters.map(({ name }) => name)).toEqual([...optionNames, "output"]);
  expect(parameters.find(({ name }) => name === "width")).toEqual({
    name: "width",
    in: "query",
    description:
      "Width in CSS pixels, along the picture as it is after `rotate`. Also written `w`.",
    schema: { type: "integer", minimum: 1, maximum: limits.outputSideMax },
  });
  expect(parameters.find(({ name }) => name === "dpr")?.schema.default).toBe(1);
  expect(parameters.find(({ name }) => name === "fit")?.schema.default).toBe("scale-down");
});
