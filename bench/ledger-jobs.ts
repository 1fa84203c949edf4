import type { JobSpec } from "../core/job/job.ts";
import { renderTransform } from "./render-transform.ts";

/** A photo of which as many thumbnails are asked. */
export const specOf = (outputs: number): JobSpec => ({
  source: { bytes: 262_144, width: 1600, height: 1200, format: "jpeg" },
  transforms: Array.from({ length: outputs }, () => renderTransform("width=1000,format=jpeg")),
  computeUnits: 30 * outputs,
});

export const outcomeOf = (outputs: number) => ({
  kind: "done" as const,
  outputs: Array.from({ length: outputs }, (_, index) => ({
    index,
    width: 1000,
    height: 750,
    format: "jpeg" as const,
    bytes: 81_920,
  })),
  usage: {
    computeUnits: 30 * outputs,
    bytesIn: 262_144,
    bytesOut: 81_920 * outputs,
    pixels: 2_670_000,
    renderMillis: 30,
  },
});
