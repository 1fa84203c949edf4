/**
 * The same picture as another file: a comment (JPEG's COM segment) with the number in it follows the
 * start marker. Two numbers give two contents, so nothing that recognises a picture can answer early.
 */
export function distinctJpeg(jpeg: Uint8Array, number: number): Uint8Array<ArrayBuffer> {
  const comment = new TextEncoder().encode(`picture ${number}`);
  const length = comment.length + 2;
  const segment = [0xff, 0xfe, length >> 8, length & 0xff, ...comment];
  const distinct = new Uint8Array(jpeg.length + segment.length);
  distinct.set(jpeg.subarray(0, 2));
  distinct.set(segment, 2);
  distinct.set(jpeg.subarray(2), 2 + segment.length);
  return distinct;
}
