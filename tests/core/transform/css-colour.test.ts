import fc from "fast-check";
import { expect, test } from "vitest";
import { formatCssColour, parseCssColour } from "../../../core/transform/css-colour.ts";

test.each([
  ["#1af", "#11aaff"],
  ["#1AF8", "#11aaff88"],
  ["#1e90ff", "#1e90ff"],
  ["#1E90FF80", "#1e90ff80"],
  ["DodgerBlue", "#1e90ff"],
  ["rebeccapurple", "#663399"],
  ["transparent", "#00000000"],
  ["rgb(240,40,145)", "#f02891"],
  ["rgb( 240 , 40 , 145 )", "#f02891"],
  ["RGB(255 255 0)", "#ffff00"],
  ["rgb(100% 50% 0% / 50%)", "#ff800080"],
  ["rgba(1,2,3,.5)", "#01020380"],
  ["rgba(12.75,2,3,.25)", "#0d020340"],
  ["rgb(1  2 3)", "#010203"],
  [" #1af ", "#11aaff"],
  ["rgba(1 2 3 / 0)", "#01020300"],
  // Beyond their range, numbers are clamped: Cloudflare's own page has this one.
  ["rgba(255 255 0 100)", "#ffff00"],
  ["rgb(300,-5,0)", "#ff0000"],
  ["hsl(120,100%,25%)", "#008000"],
  ["hsl(210deg 100% 56%)", "#1f8fff"],
  ["hsl(-240, 100%, 50%)", "#00ff00"],
  ["hsla(840 100 50 / 0.2)", "#00ff0033"],
  ["hsl(0, 0%, 50%)", "#808080"],
])("%s is %s", (text, hex) => {
  const colour = parseCssColour(text);
  expect(colour && formatCssColour(colour)).toBe(hex);
});

test.each([
  "",
  "#",
  "#12",
  "#12345",
  "#1234567",
  "#123456789",
  "#ggg",
  "123456",
  "nosuchcolour",
  "a#123",
  "a rgb(1,2,3)",
  "constructor",
  "rgb()",
  "rgb(1,2)",
  "rgb(1,2,3,4,5)",
  "rgb(1,,2,3)",
  "rgb(1,2,3",
  "rgb(1,2,3)x",
  "rgb(1deg,2,3)",
  "rgb(a,b,c)",
  "rgb(NaN,0,0)",
  "rgb(1e2,0,0)",
  "rgb(rgb(1,2,3),2,3)",
  "hsl(10%,1%,1%)",
  `hsl(${"9".repeat(400)},1%,1%)`,
  "lab(50% 40 59)",
])("%j is no colour", (text) => {
  expect(parseCssColour(text)).toBeUndefined();
});

test("a colour's text gives the colour back", () => {
  const byte = fc.integer({ min: 0, max: 255 });
  fc.assert(
    fc.property(fc.record({ r: byte, g: byte, b: byte, a: byte }), (colour) => {
      expect(parseCssColour(formatCssColour(colour))).toEqual(colour);
    }),
  );
});
