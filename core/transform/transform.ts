import type { OutputFormat } from "../image/formats.ts";

/**
 * What is to become of a picture: parsed, in range, complete. `core/transform/option-table.ts` holds one
 * record for each option (name, aliases, range, default, meaning), from which this value, the OpenAPI
 * document and `docs/transforms.md` are made. Names and meaning follow Cloudflare Images.
 *
 * The order of work does not depend on the order the options are written in: EXIF orientation, `trim`,
 * `flip`, `rotate`, the resize of `layOut`, `blur`, `sharpen`, the tones, `background`, `border`.
 */
export interface Transform {
  /** CSS pixels, multiplied by `dpr`; absent means "whatever keeps the aspect". */
  readonly width?: number;
  readonly height?: number;
  readonly dpr: number;
  readonly fit: Fit;
  readonly gravity: Gravity;
  /** Absent: nothing is cut off. */
  readonly trim?: Trim;
  /** Quarter turns clockwise, after `flip` and before resizing: `width` lies along the turned picture. */
  readonly rotate: 0 | 90 | 180 | 270;
  /** Mirrors left and right (`h`), top and bottom (`v`) or both, before `rotate`. */
  readonly flip: "" | "h" | "v" | "hv";
  /** Fills transparent pixels and padding; absent: transparent where the format can, white elsewhere. */
  readonly background?: Rgba;
  /** Radius in pixels of the rendition, 0 (none) to 250. */
  readonly blur: number;
  /** Strength, 0 (none) to 10. */
  readonly sharpen: number;
  /** Factors above 0; 1 changes nothing. */
  readonly brightness: number;
  readonly contrast: number;
  /** The exponent's inverse: above 1 lightens the midtones. */
  readonly gamma: number;
  /** 0 is grey, 1 changes nothing. */
  readonly saturation: number;
  /** Drawn around the finished picture, which grows by it. */
  readonly border?: Border;
  readonly format: FormatChoice;
  /** 1–100; absent means the format's default. For WebP 100 is lossless. */
  readonly quality?: number;
  /** The rendition's file has at most so many bytes; its quality is lowered as far as that needs. */
  readonly bytesMax?: number;
  /** Which EXIF fields stay. A colour profile is no metadata: it is converted or carried in any case. */
  readonly metadata: "keep" | "copyright" | "none";
}

export type Fit = "scale-down" | "contain" | "cover" | "crop" | "pad" | "squeeze";

/** `auto` is settled at the door from `Accept` and the source; the engine sees only formats. */
export type FormatChoice = OutputFormat | "auto";

/** What stays in view when a picture is cropped: a point, or whatever draws the eye (`auto`). */
export type Gravity = FocalPoint | "auto";
/** Each 0 (left, top) to 1 (right, bottom), on the picture as `trim`, `flip` and `rotate` leave it. */
export interface FocalPoint {
  readonly x: number;
  readonly y: number;
}

/**
 * What is cut off the upright picture, before `flip` and `rotate`. Lengths from 1 are pixels, multiplied
 * by `dpr`; below 1 they are fractions of the picture's width or height.
 */
export type Trim = SidesTrim | AreaTrim | BorderTrim;
/** Cuts so much off each side. */
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
  /** So many pixels of the border stay, multiplied by `dpr`. */
  readonly keep: number;
}

/** Widths in CSS pixels, multiplied by `dpr`; at least one is not 0. */
export interface Border extends Sides {
  readonly colour: Rgba;
}

export interface Sides {
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly left: number;
}

/** 0–255 each; alpha 255 is opaque. */
export interface Rgba {
  readonly r: number;
  readonly g: number;
  readonly b: number;
  readonly a: number;
}

/** A transform whose format has been decided: what a job stores and what the engine renders. */
export type RenderTransform = Omit<Transform, "format"> & { readonly format: OutputFormat };
