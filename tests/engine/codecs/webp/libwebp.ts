import sharp, { type WebpOptions } from "sharp";
import { probe } from "../../../../core/image/probe.ts";
import { scene } from "../../pixels/fixtures.ts";

export const [width, height] = [83, 57];

/** A file as libwebp makes it. */
export async function webpOf(
  options: WebpOptions,
  { alpha = false, size = { width, height }, rgba = scene(size.width, size.height, alpha) } = {},
): Promise<Uint8Array> {
  const pixels = sharp(rgba, { raw: { ...size, channels: 4 } });
  return new Uint8Array(await (alpha ? pixels : pixels.removeAlpha()).webp(options).toBuffer());
}

/** The pixels that libwebp gives. */
export const reference = (file: Uint8Array) => sharp(file).ensureAlpha().raw().toBuffer();

export function infoOfFile(file: Uint8Array) {
  const probed = probe(file, true);
  if (probed.kind !== "image") throw new Error(`the probe says ${probed.kind}`);
  return probed.info;
}
