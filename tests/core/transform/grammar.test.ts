import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { limits } from "../../../core/limits.ts";
import * as grammar from "../../../core/transform/grammar.ts";
import type { Transform } from "../../../core/transform/transform.ts";
import { defaults } from "./default-transform.ts";

const { formatTransform, parseOptionList, parseOutputs, parseTransform } = grammar;

const query = (text: string) => parseOutputs(new URLSearchParams(text));

describe("one rendition", () => {
  test("no option at all means every default", () => {
    expect(query("")).toEqual({ ok: true, value: [defaults] });
  });

  test("names and aliases mean the same", () => {
    const named = query("width=800&height=600&quality=70&format=webp&gravity=top");
    expect(query("w=800&h=600&q=70&f=webp&g=top")).toEqual(named);
    expect(named).toEqual({
      ok: true,
      value: [
        {
          ...defaults,
          width: 800,
          height: 600,
          quality: 70,
          format: "webp",
          gravity: { x: 0.5, y: 0 },
        },
      ],
    });
  });

  test("a colour comes decoded from the URL", () => {
    const value = [{ ...defaults, background: { r: 255, g: 0, b: 0, a: 128 } }];
    expect(query("background=%23ff000080")).toEqual({ ok: true, value });
    expect(query("background=rgb(255+0+0/.5)")).toEqual({ ok: true, value });
  });
});

test("each output has its own options", () => {
  expect(query("output=width=800,f=webp&output=background=hsl(0,0%,0%),w=320&output=")).toEqual({
    ok: true,
    value: [
      { ...defaults, width: 800, format: "webp" },
      { ...defaults, width: 320, background: { r: 0, g: 0, b: 0, a: 255 } },
      defaults,
    ],
  });
});

describe("options that belong together", () => {
  const black = { r: 0, g: 0, b: 0, a: 255 };

  test.each<[string, Partial<Transform>]>([
    ["trim=20;30;20;0", { trim: { by: "sides", top: 20, right: 30, bottom: 20, left: 0 } }],
    ["trim.top=40", { trim: { by: "area", top: 40, left: 0 } }],
    [
      "trim.width=678&trim.height=0.5&trim.left=30&trim.top=40",
      { trim: { by: "area", top: 40, left: 30, width: 678, height: 0.5 } },
    ],
    ["trim=border", { trim: { by: "border", tolerance: 10, keep: 0 } }],
    [
      "trim.border.color=%23000000&trim.border.tolerance=5&trim.border.keep=10",
      { trim: { by: "border", colour: black, tolerance: 5, keep: 10 } },
    ],
    ["trim=border&trim.border.keep=0", { trim: { by: "border", tolerance: 10, keep: 0 } }],
    ["border=10", { border: { top: 10, right: 10, bottom: 10, left: 10, colour: black } }],
    [
      "border.width=5;10;5;10&border.color=rgb(255+0+0)",
      { border: { top: 5, right: 10, bottom: 5, left: 10, colour: { ...black, r: 255 } } },
    ],
    ["border=0&border.color=red", {}],
    [
      "overlay.top=0&overlay.width=0.5&overlay.fit=cover&overlay.repeat=x",
      { overlay: { top: 0, width: 0.5, fit: "cover", repeat: "x" } },
    ],
    ["anim=false", {}],
    ["max_bytes=50000&format=avif", { bytesMax: 50_000, format: "avif" }],
    ["max_bytes=50000", { bytesMax: 50_000 }],
  ])("%s becomes one field", (text, fields) => {
    expect(query(text)).toEqual({ ok: true, value: [{ ...defaults, ...fields }] });
  });
});

test.each([
  ["width=0", "width", `width must be a whole number from 1 to ${limits.outputSideMax}, not "0".`],
  ["w=x", "w", `w must be a whole number from 1 to ${limits.outputSideMax}, not "x".`],
  ["rotate=45", "rotate", 'rotate must be 0, 90, 180 or 270, not "45".'],
  ["w=1&width=1", "width", "w and width are the same option; give one of them."],
  ["fit=pad&fit=pad", "fit", "fit is given twice; give it once."],
  ["widht=1", "widht", 'There is no option "widht". Did you mean width?'],
  ["Width=1", "Width", 'There is no option "Width". Did you mean width?'],
  ["outputs=w=1", "outputs", 'There is no option "outputs". Did you mean output?'],
  ["output=800", "800", '"800" is not written as name=value.'],
  ["output==1", "", /^There is no option "". The options are width, height,/],
  ["format=gif", "format", /^format must be auto, jpeg, png, webp, .* not "gif"\.$/],
  ["trim=5&trim.top=1", "trim.top", "trim and trim.top trim in two ways; give one of them."],
  [
    "trim.border.keep=1&trim=5",
    "trim.border.keep",
    /^trim and trim\.border\.keep trim in two ways/,
  ],
  ["trim=border&trim.left=1", "trim.left", /^trim and trim\.left trim in two ways/],
  [
    "trim.width=9&trim.border.keep=1",
    "trim.border.keep",
    /^trim\.width and trim\.border\.keep trim/,
  ],
  ["trim.color=red", "trim.color", /^There is no option "trim.color"/],
  ["border.color=red", "border.color", "border.color needs border, which says how wide it is."],
  ["border=1&border.width=1", "border.width", /^border and border\.width are the same option/],
  [
    "overlay.top=1&overlay.bottom=2",
    "overlay.bottom",
    /^overlay\.top and overlay\.bottom both say/,
  ],
  ["overlay.right=1&overlay.left=2", "overlay.right", /^overlay\.left and overlay\.right both say/],
  [
    "max_bytes=9&format=png",
    "max_bytes",
    /^max_bytes works with JPEG, WebP or AVIF, not with format=png/,
  ],
  ["f=json&max_bytes=9", "max_bytes", /not with format=json/],
  ["output=w=1&h=2", "h", /^h cannot be combined with output. Put it inside: output=h=…$/],
  ["h=2&output=w=1", "h", /^h cannot be combined with output. Put it inside: output=h=…$/],
  ["output=w=1&bogus=2", "bogus", /^There is no option "bogus"/],
  ["output=w=1&output=w=0", "w", /^w must be/],
  ["__proto__=1", "__proto__", /^There is no option "__proto__"/],
  ["output=constructor=1", "constructor", /^There is no option "constructor"/],
  ["toString=1", "toString", /^There is no option "toString"/],
])("%s is refused by name", (text, option, detail) => {
  const parsed = query(text);
  expect(parsed).toMatchObject({ ok: false, error: { option } });
  expect(parsed.ok ? "" : parsed.error.detail).toMatch(detail);
});

test("as many outputs as the limit are taken, and no more", () => {
  const asking = (count: number) => query("output=w=1&".repeat(count).slice(0, -1));
  expect(asking(limits.outputsMax)).toMatchObject({ ok: true });
  expect(asking(limits.outputsMax + 1)).toEqual({
    ok: false,
    error: { option: "output", detail: "17 outputs are too many; at most 16 are allowed." },
  });
});

test("options are read up to the limit of characters, and no further", () => {
  const padding = limits.optionsCharsMax - "output=".length - "w=1".length + 1;
  const list = (zeros: number) => `w=${"0".repeat(zeros)}1`;
  expect(parseOutputs([["output", list(padding)]])).toMatchObject({ ok: true });
  expect(parseOutputs([["output", list(padding + 1)]])).toMatchObject({
    ok: false,
    error: { option: "output", detail: "The options are longer than 4096 characters." },
  });
  expect(parseOptionList(list(limits.optionsCharsMax))).toMatchObject({ ok: false });
});

test("a refusal repeats only the beginning of what was sent", () => {
  const parsed = parseTransform([["x".repeat(4000), "y".repeat(4000)]]);
  expect(parsed.ok || parsed.error.option.length).toBe(40);
  expect(parsed.ok || parsed.error.detail.length).toBeLessThan(1000);
});

test("a refusal repeats forty characters of what was sent, and no more", () => {
  const option = (length: number) => {
    const parsed = parseTransform([["x".repeat(length), "1"]]);
    return !parsed.ok && parsed.error.option;
  };
  expect(option(40)).toBe("x".repeat(40));
  expect(option(41)).toBe(`${"x".repeat(39)}…`);
});

const decimal = (min: number, max: number) =>
  fc.integer({ min: min * 1e4, max: max * 1e4 }).map((value) => value / 1e4);
const byte = fc.integer({ min: 0, max: 255 });
const side = fc.integer({ min: 1, max: limits.outputSideMax });
const colour = fc.record({ r: byte, g: byte, b: byte, a: byte });
const pixels = fc.integer({ min: 1, max: limits.sourceSideMax });
const length = fc.oneof(decimal(0.0001, 0.9999), pixels);
const lengthOrNone = fc.oneof(fc.constant(0), length);
const sides = (side: fc.Arbitrary<number>) =>
  fc.record({ top: side, right: side, bottom: side, left: side });
const trim: fc.Arbitrary<Transform["trim"]> = fc.oneof(
  sides(lengthOrNone).map((given) => ({ by: "sides" as const, ...given })),
  fc.record(
    {
      by: fc.constant("area" as const),
      left: lengthOrNone,
      top: length,
      width: length,
      height: length,
    },
    { requiredKeys: ["by", "left", "top"] },
  ),
  fc.record(
    { by: fc.constant("border" as const), colour, tolerance: byte, keep: pixels },
    { requiredKeys: ["by", "tolerance", "keep"] },
  ),
);
const borderSide = fc.integer({ min: 0, max: limits.borderWidthMax });
const border = fc
  .record({ top: borderSide, right: borderSide, bottom: borderSide, left: borderSide, colour })
  .filter(({ top, right, bottom, left }) => top + right + bottom + left > 0);
const tone = decimal(0.0001, limits.toneFactorMax);
const format = fc.oneof(
  fc.record({ format: fc.constantFrom("png", "json") }),
  fc.record(
    {
      format: fc.constantFrom("auto", "jpeg", "webp", "avif"),
      bytesMax: fc.integer({ min: 1, max: limits.outputBytesMax }),
    },
    { requiredKeys: ["format"] },
  ),
);
const anyTransform: fc.Arbitrary<Transform> = fc
  .record(
    {
      width: side,
      height: side,
      background: colour,
      trim,
      border,
      overlay: fc.record(
        { top: lengthOrNone, right: lengthOrNone, height: length, opacity: decimal(0, 1) },
        { requiredKeys: ["top"] },
      ),
      brightness: tone,
      contrast: tone,
      gamma: tone,
      saturation: decimal(0, limits.toneFactorMax),
      metadata: fc.constantFrom("none", "copyright", "keep"),
      quality: fc.integer({ min: 1, max: 100 }),
      fit: fc.constantFrom("scale-down", "contain", "cover", "crop", "pad", "squeeze"),
      gravity: fc.oneof(
        fc.constant("auto" as const),
        fc.record({ x: decimal(0, 1), y: decimal(0, 1) }),
        fc.record({ x: decimal(0.51, 0.99), y: decimal(0, 1), isPosition: fc.constant(true) }),
      ),
      dpr: decimal(0.1, limits.dprMax),
      flip: fc.constantFrom("", "h", "v", "hv"),
      rotate: fc.constantFrom(0, 90, 180, 270),
      blur: decimal(0, limits.blurRadiusMax),
      sharpen: decimal(0, limits.sharpenStrengthMax),
      grayscale: fc.boolean(),
      format,
    },
    { requiredKeys: [] },
  )
  .map(({ format: formatted, ...given }) => ({ ...defaults, ...given, ...formatted }));

test("the canonical list gives the transform back", () => {
  fc.assert(
    fc.property(anyTransform, (transform) => {
      expect(parseOptionList(formatTransform(transform))).toEqual({ ok: true, value: transform });
    }),
  );
});

test("the canonical list leaves out defaults and has a fixed order", () => {
  expect(formatTransform(defaults)).toBe("");
  const written = parseOptionList("q=high,background=tomato,fit=cover,dpr=1.0,h=2,w=1,g=0.50x.5");
  expect(written.ok && formatTransform(written.value)).toBe(
    "width=1,height=2,fit=cover,background=#ff6347,quality=90",
  );
  const joined = parseOptionList(
    "border.color=#000,border=2;2;2;2,trim.border.tolerance=10,anim=false,gamma=0,g=auto",
  );
  expect(joined.ok && formatTransform(joined.value)).toBe("gravity=auto,trim=border,border=2");
});

test("no text makes the grammar throw or write to a prototype", () => {
  const name = fc.oneof(
    fc.constantFrom("w", "background", "g", "trim", "trim.border.keep", "output", "__proto__"),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(name, fc.string())), fc.string(), (pairs, list) => {
      expect(typeof parseOutputs(pairs).ok).toBe("boolean");
      expect(typeof parseOptionList(list).ok).toBe("boolean");
    }),
  );
  expect(Object.keys(Object.prototype)).toEqual([]);
});
