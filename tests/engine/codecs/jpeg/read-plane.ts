import type { DecodedPlanes } from "../../../../engine/codecs/codec.ts";

/** Every sample of a plane, without the gaps between its rows. */
export function readPlane({ workspace, planes }: DecodedPlanes, index: number): Uint8Array {
  const plane = planes[index];
  if (!plane) throw new Error("no such plane");
  const { pointer, width, height, stride, ringRows } = plane;
  plane.ready(height - 1);
  const samples = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const at = pointer + (y % ringRows) * stride;
    samples.set(new Uint8Array(workspace.memory.buffer, at, width), y * width);
  }
  return samples;
}
