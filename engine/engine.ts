import type { ImageInfo } from "../core/image/image-info.ts";
import type { Refusal } from "../core/image/refusal.ts";
import type { Result } from "../core/result.ts";
import type { OutputFormat } from "../core/image/formats.ts";
import type { RenderTransform } from "../core/transform/transform.ts";

/** Pixels: bytes and transforms in, renditions out. The same in workerd and in Node. */
export interface Engine {
  /**
   * Renders every transform from one decode of `source`, in order. All or nothing: a refusal means
   * that no rendition is returned. Never throws for anything the bytes can cause; after a refusal or
   * a codec's trap the next call is unharmed. Same input, same bytes out. `overlay` is the file of the picture
   * that transforms with an overlay draw; without it they draw none.
   */
  readonly render: (
    source: Uint8Array,
    transforms: readonly RenderTransform[],
    overlay?: Uint8Array,
  ) => Promise<Result<Rendered, Refusal>>;
}

export interface Rendered {
  readonly source: ImageInfo;
  readonly overlay?: ImageInfo;
  readonly renditions: readonly Rendition[];
  /** What is billed: decided by the plan from header and transforms alone, so that it can be recomputed. */
  readonly computeUnits: number;
  /** Measured wall milliseconds; reads 0 where the platform's clock stands still. */
  readonly millis: number;
  /** Largest WASM memory held at once during this render, in bytes. */
  readonly peakWasmBytes: number;
}

export interface Rendition {
  readonly bytes: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly format: OutputFormat;
  /** The source was cut off or damaged, and every transform allowed that: this is what there was of it. */
  readonly partial?: true;
}
