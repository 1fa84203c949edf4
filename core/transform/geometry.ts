import type { RenderTransform } from "./transform.ts";

/**
 * The resize as numbers: take `crop` of the upright (orientation and `rotate` applied) source,
 * resample it to `scaled`, place it at `offset` on a `canvas` of the final size.
 * All are whole pixels; `offset` is 0,0 and `canvas` equals `scaled` unless the picture is padded.
 */
export interface Geometry {
  readonly crop: {
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
  };
  readonly scaled: { readonly width: number; readonly height: number };
  readonly offset: { readonly x: number; readonly y: number };
  readonly canvas: { readonly width: number; readonly height: number };
}

/** Source size is upright and already turned by `rotate`. */
export declare function layOut(
  source: { readonly width: number; readonly height: number },
  transform: Pick<RenderTransform, "width" | "height" | "dpr" | "fit" | "gravity">,
): Geometry;
