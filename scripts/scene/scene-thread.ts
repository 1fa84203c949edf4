/** The thread of `sceneJpegInThread`. */
import { parentPort, workerData } from "node:worker_threads";
import { sceneJpeg, type SceneJpegOptions } from "./scene-jpeg.ts";

parentPort?.postMessage(sceneJpeg(workerData as SceneJpegOptions));
