import { crc32 } from "../../core/crc32.ts";

/**
 * The smallest source that the API accepts: a PNG's header with the size that it claims, and a number
 * by which the simulator knows it again. No pixels follow: the simulated engine needs none.
 */
export function makePicture(
  number: number,
  width: number,
  height: number,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(57);
  const view = new DataView(bytes.buffer);
  bytes.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  chunk(view, bytes, 8, "IHDR", 13);
  view.setUint32(16, width);
  view.setUint32(20, height);
  bytes.set([8, 2, 0, 0, 0], 24);
  view.setUint32(29, crc32(bytes.subarray(12, 29)));
  chunk(view, bytes, 33, "IDAT", 12);
  view.setUint32(41, number);
  return bytes;
}

/** The number of a source; null for bytes that are not one. */
export function pictureNumber(bytes: Uint8Array): number | null {
  if (bytes.length !== 57) return null;
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(41);
}

function chunk(view: DataView, bytes: Uint8Array, at: number, type: string, length: number): void {
  view.setUint32(at, length);
  bytes.set(new TextEncoder().encode(type), at + 4);
}
