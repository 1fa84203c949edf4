import type { OutputFormat } from "../image/formats.ts";
import type { OptionValues } from "./option-values.ts";
import type { Rgba, Sides } from "./values.ts";

/**
 * What to make of a picture: parsed, in range, complete. Most options are a field of their own name,
 * whose range, default and meaning its record in `core/transform/option-table.ts` holds; some options
 * together make one field. The OpenAPI document and `docs/transforms.md` are made from the same records.
 * Names and meaning follow Cloudflare Images.
 *
 * The order of work does not depend on the order the options are written in: EXIF orientation, `trim`,
 * `flip`, `rotate`, the resize of `layOut`, then the steps of `engine/pipeline.ts`.
 */
export interface Transform extends Omit<OptionValues, GroupedName | IgnoredName> {
  /** Absent: nothing is cut off. */
  readonly trim?: Trim;
  /** Drawn around the finished picture, which grows by it. */
  readonly border?: Border;
  /** How the uploaded second picture is drawn on this one; absent: not at all. */
  readonly overlay?: Overlay;
  /** The rendition's file has at most this many bytes; its quality is lowered as far as that needs. */
  readonly bytesMax?: number;
}

/** The options of `Transform.overlay`, each a field named by what follows the point. */
export const overlayNames = [
  "overlay.top",
  "overlay.left",
  "overlay.bottom",
  "overlay.right",
  "overlay.width",
  "overlay.height",
  "overlay.fit",
  "overlay.opacity",
  "overlay.repeat",
] as const satisfies readonly (keyof OptionValues)[];

/** Lengths from 1 are CSS pixels; below 1 they are fractions of the finished picture's width or height. */
export type Overlay = {
  readonly [
    Name in (typeof overlayNames)[number] as Name extends `overlay.${infer Field}` ? Field : never
  ]?: OptionValues[Name];
};

/** Options that make a field of another name or shape, alone or with others. */
export const groupedNames = [
  "trim",
  "trim.top",
  "trim.left",
  "trim.width",
  "trim.height",
  "trim.border.color",
  "trim.border.tolerance",
  "trim.border.keep",
  "border",
  "border.color",
  ...overlayNames,
  "max_bytes",
] as const satisfies readonly (keyof OptionValues)[];
type GroupedName = (typeof groupedNames)[number];

/** Options that are taken because people send them, and change nothing: no Transform has a field for them. */
export const ignoredNames = [
  "slow-connection-quality",
  "compression",
] as const satisfies readonly (keyof OptionValues)[];
type IgnoredName = (typeof ignoredNames)[number];

export type Fit = Transform["fit"];

/**
 * What is cut off the upright picture, before `flip` and `rotate`. Lengths from 1 are pixels, multiplied
 * by `dpr`; below 1 they are fractions of the picture's width or height.
 */
export type Trim = SidesTrim | AreaTrim | BorderTrim;
/** Cuts a length off each side. */
export interface SidesTrim extends Sides {
  readonly by: "sides";
}
/** Keeps a rectangle; an absent side reaches to the picture's edge. */
export interface AreaTrim {
  readonly by: "area";
  readonly left: number;
  readonly top: number;
  readonly width?: number;
  readonly height?: number;
}
/**
 * Cuts off a border of one colour. Where it ends is known only from the pixels: before they are decoded
 * the picture counts as untrimmed (`place`).
 */
export interface BorderTrim {
  readonly by: "border";
  /** Absent: the colour of the upright picture's top left pixel. */
  readonly colour?: Rgba;
  /** The largest difference in any channel, 0–255, that still counts as the border's colour. */
  readonly tolerance: number;
  /** Pixels of the border that stay, multiplied by `dpr`. */
  readonly keep: number;
}

/** Widths in CSS pixels, multiplied by `dpr`; at least one is not 0. */
export interface Border extends Sides {
  readonly colour: Rgba;
}

/** A transform whose format has been decided: what a job stores and what the engine renders. */
export type RenderTransform = Omit<Transform, "format"> & { readonly format: OutputFormat };
