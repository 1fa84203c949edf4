/** A view of exactly these bytes, for numbers wider than one byte. */
export const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Bytes as ISO 8859-1 characters; fewer than `length` where the bytes end. For tags and magic, not for text of any size. */
export function latin1At(bytes: Uint8Array, offset: number, length: number): string {
  let characters = "";
  const end = Math.min(offset + length, bytes.length);
  for (let at = offset; at < end; at++) characters += String.fromCharCode(bytes[at] ?? 0);
  return characters;
}

/** The parts one behind the other, in an array of their own. */
export function concatenate(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
