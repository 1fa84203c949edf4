import { cssColourNames } from "./css-colour-names.ts";
import type { Rgba } from "./values.ts";

/**
 * Reads a colour as CSS Color 4 writes it: hexadecimal with 3, 4, 6 or 8 digits, `rgb()`, `rgba()`,
 * `hsl()` or `hsla()` with commas or spaces, or a name. As CSS has it, letters may be of either case
 * and numbers beyond their range are clamped. `undefined` for anything else.
 */
export function parseCssColour(text: string): Rgba | undefined {
  const written = text.trim().toLowerCase();
  return parseHex(cssColourNames.get(written) ?? written) ?? parseFunction(written);
}

/** `#rrggbb`, or `#rrggbbaa` where the colour is not opaque. */
export function formatCssColour({ r, g, b, a }: Rgba): string {
  const bytes = a === 255 ? [r, g, b] : [r, g, b, a];
  return `#${bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

function parseHex(text: string): Rgba | undefined {
  const digits = /^#([\da-f]{3,4}|[\da-f]{6}|[\da-f]{8})$/.exec(text)?.[1];
  if (digits === undefined) return undefined;
  const long = digits.length < 6 ? digits.replace(/./g, "$&$&") : digits;
  const byte = (at: number) => Number.parseInt(long.slice(at, at + 2), 16);
  return { r: byte(0), g: byte(2), b: byte(4), a: long.length === 8 ? byte(6) : 255 };
}

function parseFunction(text: string): Rgba | undefined {
  const [, name, inside] = /^(rgb|hsl)a?\(([^()]*)\)$/.exec(text) ?? [];
  const parts = inside?.trim().split(separator) ?? [];
  if (parts.length < 3 || parts.length > 4) return undefined;
  const hundredPercent = name === "rgb" ? [255, 255, 255, 1] : [undefined, 100, 100, 1];
  const numbers = parts.map((part, at) => parseNumber(part, hundredPercent[at]));
  if (!numbers.every(Number.isFinite)) return undefined;
  const [x = 0, y = 0, z = 0, alpha = 1] = numbers;
  const [r, g, b] = name === "rgb" ? ([x, y, z] as const) : hslToRgb(x, y, z);
  return { r: toByte(r), g: toByte(g), b: toByte(b), a: toByte(alpha * 255) };
}

/** A comma or slash with spaces around it, or spaces alone. */
const separator = /\s*[,/]\s*|\s+/;

/** Only a hue, which knows no percentage, may carry `deg`. Not a number: not readable. */
function parseNumber(text: string, hundredPercent: number | undefined): number {
  const [, digits, unit] = /^([+-]?(?:\d+\.?\d*|\.\d+))(%|deg)?$/.exec(text) ?? [];
  if (unit === undefined) return Number(digits);
  if (unit === "deg") return hundredPercent === undefined ? Number(digits) : Number.NaN;
  return hundredPercent === undefined ? Number.NaN : (Number(digits) / 100) * hundredPercent;
}

/** CSS Color 4 §7.1: hue in degrees, saturation and lightness in percent; 0–255 comes out. */
function hslToRgb(hue: number, saturation: number, lightness: number) {
  const light = clamp(lightness, 100) / 100;
  const chroma = (clamp(saturation, 100) / 100) * Math.min(light, 1 - light);
  const channel = (shift: number) => {
    const sector = (shift + ((hue % 360) + 360) / 30) % 12;
    return 255 * (light - chroma * Math.max(-1, Math.min(sector - 3, 9 - sector, 1)));
  };
  return [channel(0), channel(8), channel(4)] as const;
}

const toByte = (channel: number) => Math.round(clamp(channel, 255));
const clamp = (value: number, most: number) => Math.min(Math.max(value, 0), most);
