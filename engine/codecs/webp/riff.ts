/** The container of WebP files (RFC 9649, §2.3): chunks with a tag and a length, inside a chunk of them. */

/** A file of whole chunks, each padded to an even length. */
export function riff(chunks: readonly Uint8Array[]): Uint8Array {
  const padded = chunks.map(({ length }) => length + (length & 1));
  const length = 12 + padded.reduce((sum, size) => sum + size, 0);
  const file = new Uint8Array(length);
  file.set(tag("RIFF"));
  new DataView(file.buffer).setUint32(4, length - 8, true);
  file.set(tag("WEBP"), 8);
  let at = 12;
  chunks.forEach((chunk, index) => {
    file.set(chunk, at);
    at += padded[index] ?? 0;
  });
  return file;
}

/** A chunk with its header. */
export function riffChunk(type: string, data: Uint8Array): Uint8Array {
  const chunk = new Uint8Array(8 + data.length);
  chunk.set(tag(type));
  new DataView(chunk.buffer).setUint32(4, data.length, true);
  chunk.set(data, 8);
  return chunk;
}

/** What a file has apart from its picture, §2.7. */
export const flags = { animation: 0x02, alpha: 0x10, icc: 0x20 } as const;

export function extendedHeader(
  { width, height }: { readonly width: number; readonly height: number },
  features: number,
): Uint8Array {
  const data = new Uint8Array(10);
  const view = new DataView(data.buffer);
  view.setUint32(0, features, true);
  view.setUint32(4, width - 1, true);
  view.setUint32(6, ((width - 1) >>> 16) | ((height - 1) << 8), true);
  return riffChunk("VP8X", data);
}

function tag(type: string): Uint8Array {
  return Uint8Array.from(type, (character) => character.charCodeAt(0));
}

export function fourCc(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}

export function uint24(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16);
}

export function uint32(bytes: Uint8Array, at: number): number {
  return (uint24(bytes, at) | ((bytes[at + 3] ?? 0) << 24)) >>> 0;
}
