import type { Rgba, Sides, Transform } from "./transform.ts";

/** One value for each option as it is written; some options together make one field of a Transform. */
export interface OptionValues extends Omit<Transform, "trim" | "border" | "bytesMax"> {
  readonly trim?: "border" | Sides;
  readonly "trim.top"?: number;
  readonly "trim.left"?: number;
  readonly "trim.width"?: number;
  readonly "trim.height"?: number;
  readonly "trim.border.color"?: Rgba;
  readonly "trim.border.tolerance": number;
  readonly "trim.border.keep": number;
  readonly border?: Sides;
  readonly "border.color": Rgba;
  readonly max_bytes?: number;
  /** Always false, so a Transform has no field for it. */
  readonly anim: false;
}

export type OptionName = keyof OptionValues;
