import { formats, outputFormats, titlesOf } from "../image/formats.ts";
import { err, ok, type Result } from "../result.ts";
import type { OptionName, OptionValues } from "./option-values.ts";
import { defaultOf, optionNames } from "./options.ts";
import {
  groupedNames,
  ignoredNames,
  overlayNames,
  type Border,
  type Overlay,
  type RenderTransform,
  type Transform,
  type Trim,
} from "./transform.ts";

export type GivenValues = { -readonly [Name in OptionName]?: OptionValues[Name] };

/** Which option is refused, as it was written, and why, in one or two sentences. */
export interface OptionFailure {
  readonly option: string;
  readonly detail: string;
}

/** Puts together what was given, with defaults for the rest; refuses what contradicts itself. */
export function transformOf(given: GivenValues): Result<Transform, OptionFailure> {
  const contradiction =
    mixedTrim(given) ??
    borderWithoutWidth(given) ??
    oppositeEdges(given) ??
    bytesWithoutQuality(given);
  if (contradiction) return err(contradiction);
  const plain = plainNames.map((name) => [name, given[name] ?? defaultOf(name)] as const);
  return ok({
    ...(Object.fromEntries(plain) as PlainFields),
    trim: trimOf(given),
    border: borderOf(given),
    overlay: overlayOf(given),
    bytesMax: given.max_bytes,
  });
}

type PlainFields = Omit<Transform, "trim" | "border" | "overlay" | "bytesMax">;

const notPlain: ReadonlySet<OptionName> = new Set([...groupedNames, ...ignoredNames]);
const plainNames = optionNames.filter((name) => !notPlain.has(name));

/**
 * A transform as a job stored it, perhaps before an option existed that this version knows: such an option
 * has its default.
 */
export function completeTransform(stored: RenderTransform): RenderTransform {
  const defaults = plainNames.map((name) => [name, defaultOf(name)] as const);
  return { ...(Object.fromEntries(defaults) as PlainFields), ...stored };
}

/** The values that `transformOf` makes the same transform of. */
export function valuesOf({ trim, border, overlay, bytesMax, ...plain }: Transform): GivenValues {
  return {
    ...plain,
    ...(trim && trimValues(trim)),
    ...(border && { border, "border.color": border.colour }),
    ...(overlay && overlayValues(overlay)),
    max_bytes: bytesMax,
  };
}

function valueOf<Name extends OptionName>(given: GivenValues, name: Name): OptionValues[Name] {
  const value: OptionValues[Name] | undefined = given[name];
  return value ?? defaultOf(name);
}

// ── Trim ──────────────────────────────────────────────────────────────────────────────────────

const areaNames = ["trim.top", "trim.left", "trim.width", "trim.height"] as const;
const borderNames = ["trim.border.color", "trim.border.tolerance", "trim.border.keep"] as const;

function trimOf(given: GivenValues): Trim | undefined {
  if (typeof given.trim === "object") return { by: "sides", ...given.trim };
  if (areaNames.some((name) => name in given)) {
    return {
      by: "area",
      left: given["trim.left"] ?? 0,
      top: given["trim.top"] ?? 0,
      width: given["trim.width"],
      height: given["trim.height"],
    };
  }
  // As at Cloudflare, a border's colour or tolerance alone asks for the trim as well.
  if (given.trim === undefined && !borderNames.some((name) => name in given)) return undefined;
  return {
    by: "border",
    colour: given["trim.border.color"],
    tolerance: valueOf(given, "trim.border.tolerance"),
    keep: valueOf(given, "trim.border.keep"),
  };
}

function trimValues(trim: Trim): GivenValues {
  switch (trim.by) {
    case "sides":
      return { trim };
    case "area":
      return {
        "trim.top": trim.top,
        "trim.left": trim.left,
        "trim.width": trim.width,
        "trim.height": trim.height,
      };
    case "border":
      return {
        trim: "border",
        "trim.border.color": trim.colour,
        "trim.border.tolerance": trim.tolerance,
        "trim.border.keep": trim.keep,
      };
  }
}

/** Numbers for the sides, a rectangle and a border are three ways to trim; only one can be meant. */
function mixedTrim(given: GivenValues): OptionFailure | undefined {
  const wayOf = (name: OptionName) => {
    if (name === "trim") return given.trim === "border" ? "border" : "sides";
    return name.startsWith("trim.border.") ? "border" : "area";
  };
  const [first, ...rest] = optionNames.filter(
    (name) => name in given && (name === "trim" || name.startsWith("trim.")),
  );
  const option = first && rest.find((name) => wayOf(name) !== wayOf(first));
  return option && { option, detail: `${first} and ${option} trim in two ways; give one of them.` };
}

// ── Overlay ───────────────────────────────────────────────────────────────────────────────────

const fieldOf = (name: (typeof overlayNames)[number]) =>
  name.slice("overlay.".length) as keyof Overlay;

function overlayOf(given: GivenValues): Overlay | undefined {
  const names = overlayNames.filter((name) => name in given);
  if (names.length === 0) return undefined;
  return Object.fromEntries(names.map((name) => [fieldOf(name), given[name]]));
}

function overlayValues(overlay: Overlay): GivenValues {
  return Object.fromEntries(overlayNames.map((name) => [name, overlay[fieldOf(name)]]));
}

function oppositeEdges(given: GivenValues): OptionFailure | undefined {
  const pairs = [
    ["overlay.top", "overlay.bottom"],
    ["overlay.left", "overlay.right"],
  ] as const;
  const both = pairs.find((names) => names.every((name) => name in given));
  if (!both) return undefined;
  const [first, option] = both;
  return {
    option,
    detail: `${first} and ${option} both say where the overlay is; give one of them.`,
  };
}

// ── Border and bytes ──────────────────────────────────────────────────────────────────────────

function borderOf(given: GivenValues): Border | undefined {
  const sides = given.border;
  if (!sides || Math.max(sides.top, sides.right, sides.bottom, sides.left) === 0) return undefined;
  return { ...sides, colour: valueOf(given, "border.color") };
}

function borderWithoutWidth(given: GivenValues): OptionFailure | undefined {
  if (!("border.color" in given) || "border" in given) return undefined;
  return {
    option: "border.color",
    detail: "border.color needs border, which says how wide it is.",
  };
}

function bytesWithoutQuality({ max_bytes, format }: GivenValues): OptionFailure | undefined {
  if (max_bytes === undefined || format === undefined || format === "auto") return undefined;
  if (formats[format].output.hasQuality) return undefined;
  const lossy = outputFormats.filter((name) => formats[name].output.hasQuality);
  return {
    option: "max_bytes",
    detail: `max_bytes works with ${titlesOf(lossy, "or")}, not with format=${format}.`,
  };
}
