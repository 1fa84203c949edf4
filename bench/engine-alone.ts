import { renderScene } from "../scripts/scene/scene.ts";
import { lightFetch } from "./light-fetch.ts";
import { encodeJpeg } from "../scripts/scene/scene-jpeg.ts";

/** The scene at whichever quality comes closest to `bytes` from below. */
export function sceneOf(bytes: number): Uint8Array<ArrayBuffer> {
  const scene = renderScene({ width: 1600, height: 1200, seed: 7 });
  let best = encodeJpeg(scene, 1);
  for (let low = 2, high = 100; low <= high;) {
    const quality = (low + high) >> 1;
    const jpeg = encodeJpeg(scene, quality);
    if (jpeg.length > bytes) high = quality - 1;
    else {
      best = jpeg;
      low = quality + 1;
    }
  }
  return best;
}

/** Renders a second of the engine with nothing around it. */
export async function engineOnly(
  url: string,
  jpeg: Uint8Array<ArrayBuffer>,
  output: string,
  renders: number,
): Promise<number> {
  const started = performance.now();
  const query = new URLSearchParams({ renders: String(renders), output });
  const response = await fetch(`${url}/?${query.toString()}`, { method: "POST", body: jpeg });
  if (!response.ok) throw new Error(`The engine refused: ${await response.text()}`);
  await response.arrayBuffer();
  return (renders * 1000) / (performance.now() - started);
}

/** One job with only what its answer needs: rendered, stored, sent back. `source`: a stored one's key. */
export async function bareJob(
  url: string,
  output: string,
  from: { readonly body: Uint8Array<ArrayBuffer> } | { readonly source: string },
): Promise<void> {
  const query = new URLSearchParams({ output, ...("source" in from && { source: from.source }) });
  const sent = "body" in from ? { method: "POST", body: from.body } : {};
  const response = await lightFetch(`${url}/job?${query.toString()}`, sent);
  if (!response.ok) throw new Error(`The engine refused: ${await response.text()}`);
}
