import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { limits } from "../../../core/limits.ts";
import { focalPoint, oneOf } from "../../../core/transform/option-kinds.ts";
import { optionTable } from "../../../core/transform/option-table.ts";
import type { OptionName } from "../../../core/transform/option-values.ts";
import {
  defaultText,
  optionNames,
  optionsByName,
  queryParameters,
} from "../../../core/transform/options.ts";

const read = (name: OptionName, text: string): unknown => {
  const parsed = optionTable[name].parse(text);
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
  ["gravity", "30%x20.5%", { x: 0.3, y: 0.205, isPosition: true }],
  ["gravity", "0%x7%", { x: 0, y: 0.07, isPosition: true }],
  ["gravity", "100%x50%", { x: 1, y: 0.5 }],
  ["gravity", "auto", "auto"],
  ["gravity", "face", "auto"],
  ["zoom", "0.5", 0.5],
  ["border-radius", "7", { topLeft: 7, topRight: 7, bottomRight: 7, bottomLeft: 7 }],
  ["border-radius", "1;2;3;4", { topLeft: 1, topRight: 2, bottomRight: 3, bottomLeft: 4 }],
  ["grayscale", "true", true],
  ["pixelate", "12", 12],
  ["slow-connection-quality", "low", 50],
  ["compression", "fast", "fast"],
  ["trim", "20;30;20;0", { top: 20, right: 30, bottom: 20, left: 0 }],
  ["trim", "0.25;0;.5;65535", { top: 0.25, right: 0, bottom: 0.5, left: limits.sourceSideMax }],
  ["trim", "7", { top: 7, right: 7, bottom: 7, left: 7 }],
  ["trim", "border", "border"],
  ["trim.top", "0", 0],
  ["trim.left", "0.99989", 0.9999],
  ["trim.width", "1", 1],
  ["trim.height", "0.0001", 0.0001],
  ["trim.border.color", "black", { r: 0, g: 0, b: 0, a: 255 }],
  ["trim.border.tolerance", "255", 255],
  ["trim.border.keep", "10", 10],
  ["border", "10", { top: 10, right: 10, bottom: 10, left: 10 }],
  ["border", "5;0;5;1000", { top: 5, right: 0, bottom: 5, left: limits.borderWidthMax }],
  ["border.color", "rgb(0 0 0 / 0)", { r: 0, g: 0, b: 0, a: 0 }],
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
  ["brightness", "0.5", 0.5],
  ["brightness", "0", 1],
  ["contrast", "0.0", 1],
  ["contrast", "10", limits.toneFactorMax],
  ["gamma", "0", 1],
  ["gamma", "2.2", 2.2],
  ["saturation", "0", 0],
  ["saturation", "2", 2],
  ["format", "auto", "auto"],
  ["format", "avif", "avif"],
  ["format", "json", "json"],
  ["format", "jpg", "jpeg"],
  ["format", "baseline-jpeg", "jpeg"],
  ["quality", "1", 1],
  ["quality", "100", 100],
  ["quality", "high", 90],
  ["quality", "low", 50],
  ["max_bytes", "1", 1],
  ["max_bytes", String(limits.outputBytesMax), limits.outputBytesMax],
  ["metadata", "keep", "keep"],
  ["metadata", "copyright", "copyright"],
  ["metadata", "none", "none"],
  ["anim", "false", false],
  ["anim", "true", true],
])("%s=%s is read", (name, text, value) => {
  expect(read(name, text)).toEqual(value);
});

test.each<[OptionName, string[]]>([
  ["width", ["", "0", "-1", "12001", "1.5", "8e2", "0x10", "auto", " 8", "9".repeat(400)]],
  ["height", ["0", "12001", "NaN", "Infinity", "٣"]],
  ["fit", ["Cover", "fill", "", "constructor", "__proto__"]],
  ["gravity", ["faces", "0.5", "1.1x0", "1.00001x0", "-0x0", "0x0x0", "0X0", "x", "."]],
  ["gravity", ["30%", "30%x0.2", "30x20", "30%%x2%", "3%0%x2%", "101%x0%", "1%x2%x3%", "%x%"]],
  ["trim", ["", "1;2", "1;2;3", "1;2;3;4;5", "1;;3;4", "1;x;3;4", "-1;0;0;0", "1.5;0;0;0"]],
  ["trim", ["Border", "65536;0;0;0", "1,2,3,4", "0.99995;0;0;0", "50%;0;0;0"]],
  ["trim.top", ["-1", "1.5", "1.0", "65536", "", "auto"]],
  ["trim.left", ["0.99999", "2e1"]],
  ["trim.width", ["0", "0.0", "0.00001", "1.5"]],
  ["trim.height", ["0", "65536"]],
  ["trim.border.color", ["ffffff", ""]],
  ["trim.border.tolerance", ["-1", "256", "0.5"]],
  ["trim.border.keep", ["-1", "0.1", "65536"]],
  ["border", ["", "-1", "1.5", "1001", "1;2", "1;2;3;", "border"]],
  ["border.color", ["", "#12345"]],
  ["brightness", ["-1", "10.01", "bright"]],
  ["contrast", ["-0", "11", "1e0"]],
  ["gamma", ["-1", "10.0001", ""]],
  ["saturation", ["-1", "11", "grey"]],
  ["dpr", ["0", "0.09", "8.00001", "-1", "1e0", "2x", "."]],
  ["flip", ["", "vh", "H", "true"]],
  ["rotate", ["45", "360", "-90", "090"]],
  ["background", ["", "ff0000", "#ff", "nocolour"]],
  ["blur", ["-1", "250.1", "1,5"]],
  ["sharpen", ["10.01", "on"]],
  ["format", ["gif", "png-force", "JPEG", ""]],
  ["quality", ["0", "101", "50%", "best", "toString"]],
  ["max_bytes", ["0", "-1", "50kB", "1e5", "64000001"]],
  ["metadata", ["all", "", "exif"]],
  ["zoom", ["1.1", "-1", "face"]],
  ["border-radius", ["1;2", "-1", "50%", "1;2;3;4;5", "6001"]],
  ["grayscale", ["1", "", "True"]],
  ["pixelate", ["-1", "1.5", "1001"]],
  ["anim", ["", "0", "False"]],
])("%s refuses what is out of range: %j", (name, texts) => {
  for (const text of texts) {
    expect(optionTable[name].parse(text), text).toEqual({
      ok: false,
      error: `must be ${optionTable[name].range}`,
    });
  }
});

test.each(optionNames.filter((name) => defaultText(name) !== ""))(
  "the default of %s is what its own text gives back",
  (name) => expect(read(name, defaultText(name))).toEqual(optionTable[name].default),
);

describe.each(optionNames)("the record of %s", (name) => {
  const { examples, unset, meaning } = optionTable[name];

  test("has examples that are accepted", () => {
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) expect(optionTable[name].parse(example).ok, example).toBe(true);
  });

  test("says what happens without the option", () => {
    expect(unset ?? defaultText(name)).not.toBe("");
    expect(meaning).toMatch(/\.$/);
  });
});

test.each(
  optionNames.flatMap((name) => {
    const { schema } = optionTable[name];
    const parts = [schema, ...(schema.anyOf ?? [])];
    return parts.flatMap(({ enum: listed = [] }) => listed.map((value) => [name, value] as const));
  }),
)("%s accepts %s, which its schema lists", (name, value) => {
  expect(optionTable[name].parse(String(value)).ok).toBe(true);
});

test.each<[OptionName, RegExp]>([
  ["quality", /^high, medium-high, medium-low, low or a whole number from 1 to 100$/],
  ["gravity", /^auto, face, center, left, right, top, bottom or a point XxY/],
  ["rotate", /^0, 90, 180 or 270$/],
  ["compression", /^fast$/],
  ["trim.width", /^a whole number from 1 to \d+ or a fraction below 1$/],
])("%s says what it takes: %s", (name, range) => {
  expect(optionTable[name].range).toMatch(range);
});

test("without a quality each format has its own", () => {
  expect(optionTable.quality.unset).toBe("85; AVIF 60");
  expect(optionTable.quality.meaning).toMatch(/^Quality of JPEG, WebP and AVIF,/);
});

test("no name or alias stands for two options", () => {
  const written = optionNames.flatMap((name) => [name, ...optionTable[name].aliases]);
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
  expect(parameters.find(({ name }) => name === "width")).toStrictEqual({
    name: "width",
    in: "query",
    description:
      "Width in CSS pixels, along the picture as it is after `rotate`. Also written `w`.",
    schema: { type: "integer", minimum: 1, maximum: limits.outputSideMax },
  });
  expect(parameters.find(({ name }) => name === "dpr")?.schema.default).toBe(1);
  expect(parameters.find(({ name }) => name === "fit")?.schema.default).toBe("scale-down");
  const schemaOf = (wanted: string) => parameters.find(({ name }) => name === wanted)?.schema;
  const length = { type: "number", maximum: limits.sourceSideMax };
  expect(schemaOf("trim.left")).toEqual({ ...length, minimum: 0 });
  expect(schemaOf("trim.width")).toEqual({ ...length, minimum: 0.0001 });
  expect(schemaOf("anim")).toEqual({ type: "boolean", default: false });
  const output = { type: "array", items: { type: "string" }, maxItems: limits.outputsMax };
  expect(schemaOf("output")).toEqual(output);
});

test("OpenAPI describes each kind of value", () => {
  const parameters = queryParameters();
  const schemaOf = (wanted: OptionName) => parameters.find(({ name }) => name === wanted)?.schema;
  const four = { type: "string", pattern: String.raw`^[\d.]+(;[\d.]+;[\d.]+;[\d.]+)?$` };
  expect(schemaOf("blur")).toEqual({
    type: "number",
    minimum: 0,
    maximum: limits.blurRadiusMax,
    default: 0,
  });
  expect(schemaOf("border")).toEqual(four);
  expect(schemaOf("border-radius")).toEqual(four);
  expect(schemaOf("trim")).toEqual({ anyOf: [{ type: "string", enum: ["border"] }, four] });
  expect(schemaOf("background")).toEqual({ type: "string" });
  expect(schemaOf("rotate")).toEqual({ type: "integer", enum: [0, 90, 180, 270], default: 0 });
  expect(oneOf([0, 1], { none: 0 }).schema).toEqual({ type: "string", enum: [0, 1, "none"] });
});

test("these options have other names, and no others", () => {
  const other = [...optionsByName].filter(([written, name]) => written !== name);
  expect(Object.fromEntries(other)).toEqual({
    w: "width",
    h: "height",
    q: "quality",
    f: "format",
    g: "gravity",
    scq: "slow-connection-quality",
    greyscale: "grayscale",
    "border.width": "border",
  });
});
