import { PhotonImage } from "@cf-wasm/photon/node";
import { renderScene, type Scene } from "./scene.ts";

export interface SceneJpegOptions {
  readonly width: number;
  readonly height: number;
  readonly seed: number;
  /** 1 to 100. */
  readonly quality: number;
}

/** The scene as a JPEG file; 4000 × 3000 at quality 92 is a camera's 12 MP picture of 4 MB. */
export function sceneJpeg(options: SceneJpegOptions): Uint8Array<ArrayBuffer> {
  return encodeJpeg(renderScene(options), options.quality);
}

/** `quality` is 1 to 100. */
export function encodeJpeg(scene: Scene, quality: number): Uint8Array<ArrayBuffer> {
  const image = new PhotonImage(scene.rgba, scene.width, scene.height);
  try {
    return new Uint8Array(image.get_bytes_jpeg(quality));
  } finally {
    image.free();
  }
}
