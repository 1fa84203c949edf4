import { Worker } from "node:worker_threads";
import type { SceneJpegOptions } from "./scene-jpeg.ts";

/** `sceneJpeg` in a thread of its own: seconds of work during which progress and Ctrl-C stay alive. */
export function sceneJpegInThread(options: SceneJpegOptions): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const thread = new Worker(new URL("./scene-thread.ts", import.meta.url), {
      workerData: options,
    });
    thread.once("message", resolve);
    thread.once("error", reject);
  });
}
