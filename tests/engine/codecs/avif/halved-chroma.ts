import sharp from "sharp";
import type { ImageInfo } from "../../../../core/image/image-info.ts";
import { probe } from "../../../../core/image/probe.ts";
import { scene } from "../../pixels/fixtures.ts";

/** A file of opaque 8-bit 4:2:0. */
export async function halvedChroma(width: number, height: number): Promise<Uint8Array> {
  const raw = { width, height, channels: 4 } as const;
  const options = { quality: 80, effort: 0, chromaSubsampling: "4:2:0" };
  return new Uint8Array(
    await sharp(scene(width, height), { raw }).removeAlpha().avif(options).toBuffer(),
  );
}

export function headerOf(file: Uint8Array): ImageInfo {
  const answer = probe(file, true);
  if (answer.kind !== "image") throw new Error(answer.kind);
  return answer.info;
}
