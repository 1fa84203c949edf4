import type { AvifOptions } from "../../../../engine/codecs/avif/libavif-encoder.ts";

/** Of a plain picture of 4:2:0. */
export const plainOptions: AvifOptions = {
  quality: 60,
  qualityAlpha: -1,
  tileRowsLog2: 0,
  tileColsLog2: 0,
  autoTiling: 0,
  speed: 9,
  chromaDeltaQ: 0,
  sharpness: 0,
  tune: 0,
  denoiseLevel: 0,
  subsample: 3,
  sharpYUV: 0,
  bitDepth: 8,
};
