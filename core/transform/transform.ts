/**
 * What is to become of a picture: parsed, in range, complete. `core/transform/options.ts` holds one
 * record for each field (name, aliases, range, default, meaning), from which this value, the OpenAPI
 * document and `docs/transforms.md` are made. Names and meaning follow Cloudflare Images.
 *
 * The order of work does not depend on the order the options are written in: EXIF orientation,
 * `flip`, `rotate`, the resize of `layOut`, then everything else.
 */
export interface Transform {
  /** CSS pixels, multiplied by `dpr`; absent means "whatever keeps the aspect". */
  readonly width?: number;
  readonly height?: number;
  readonly dpr: number;
  readonly fit: Fit;
  readonly gravity: Gravity;
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
  readonly format: FormatChoice;
  /** 1–100; absent means the format's default. */
  readonly quality?: number;
}

export type Fit = "scale-down" | "contain" | "cover" | "crop" | "pad" | "squeeze";
export type OutputFormat = "jpeg" | "png" | "webp";
/** `auto` is settled at the door from `Accept` and the source; the engine sees only formats. */
export type FormatChoice = OutputFormat | "auto";
/**
 * The point that must stay in view, each 0 (left, top) to 1 (right, bottom), on the picture as it is
 * after `flip` and `rotate`.
 */
export interface Gravity {
  readonly x: number;
  readonly y: number;
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
