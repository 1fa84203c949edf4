import sharp from "sharp";
import { encodeJpeg } from "../../../../engine/codecs/jpeg/encoder.ts";
import type { Subsampling } from "../../../../engine/codecs/jpeg/grid.ts";
import { load, newWorkspace } from "../../pixels/fixtures.ts";

export const subsamplings: readonly Subsampling[] = ["4:2:0", "4:4:4"];

interface Encoding {
  readonly width: number;
  readonly height: number;
  readonly quality: number;
  readonly subsampling: Subsampling;
  readonly segments?: readonly Uint8Array[];
}

export function encode(pixels: Uint8Array, { width, height, ...options }: Encoding): Uint8Array {
  const workspace = newWorkspace();
  const bitmap = load(workspace, pixels, width, height);
  return encodeJpeg(workspace, bitmap, { segments: [], ...options });
}

export const encodedBySharp = (
  pixels: Uint8Array,
  { width, height, quality, subsampling }: Encoding,
): Promise<Buffer> =>
  sharp(pixels, { raw: { width, height, channels: 4 } })
    .removeAlpha()
    .jpeg({ quality, chromaSubsampling: subsampling })
    .toBuffer();

export const decoded = (file: Uint8Array): Promise<Buffer> => sharp(file).raw().toBuffer();
