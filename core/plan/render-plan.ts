import type { Size } from "../image/size.ts";
import type { RenderTransform } from "../transform/transform.ts";
import type { Area, Geometry } from "./geometry.ts";
import type { OverlaySource } from "./overlay-placement.ts";

/** Everything a render will do, known before a pixel is decoded. */
export interface RenderPlan {
  /** The whole factor by which the decoder makes the picture smaller. */
  readonly shrink: number;
  readonly outputs: readonly OutputPlan[];
  /** The picture that is drawn on every output whose transform has an overlay. */
  readonly overlay?: OverlaySource;
  /** What the decoder gives: planes, whose rows come when they are asked for, or pixels, all at once. */
  readonly samples: "planes" | "pixels";
  /** Rows of the source that outputs must see at once, where it comes as planes; Infinity for all of them. */
  readonly rowsAtOnce: number;
  /** The one output is the decoded picture as it lies: it is finished where it is, without a copy. */
  readonly inPlace: boolean;
  /** Frames that are composed: 1 where every output is a still picture. */
  readonly frames: number;
  /** Upper bound of the WASM memory held at once, in bytes. */
  readonly peakWasmBytes: number;
  readonly computeUnits: number;
}

export interface OutputPlan {
  readonly asked: RenderTransform;
  /** The size of what was asked for. */
  readonly size: Size;
  /** What is rendered: the same, except that a description is made of a smaller picture. */
  readonly transform: RenderTransform;
  /** 1 for a still picture; otherwise as many as the source has, or may have where its header does not say. */
  readonly frames: number;
  readonly geometry: Geometry;
  /** What is sampled, in fractions of a pixel of the turned picture. */
  readonly window: Area;
  /** 1–100, for the formats that lose something. */
  readonly quality: number;
  /**
   * The resize along the axes of the source as it is stored: turning the small result costs less
   * than turning the source.
   */
  readonly resize: { readonly from: Size; readonly to: Size };
}
