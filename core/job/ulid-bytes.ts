/** A ULID is 128 bits; as text it takes 26 characters, packed 16 bytes that sort the same way. */
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

/** Packs a ULID in lower case. */
export function packUlid(ulid: string): Uint8Array<ArrayBuffer> {
  let value = 0n;
  for (const character of ulid) value = (value << 5n) | BigInt(alphabet.indexOf(character));
  const bytes = new Uint8Array(16);
  for (let index = 15; index >= 0; index--, value >>= 8n) bytes[index] = Number(value & 0xffn);
  return bytes;
}

export function unpackUlid(bytes: Uint8Array): string {
  let value = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  let ulid = "";
  for (let index = 0; index < 26; index++, value >>= 5n) {
    ulid = alphabet.charAt(Number(value & 31n)) + ulid;
  }
  return ulid;
}

/** The moment that a ULID was made, epoch milliseconds. */
export function ulidTime(ulid: string): number {
  let time = 0;
  for (const character of ulid.slice(0, 10)) time = time * 32 + alphabet.indexOf(character);
  return time;
}
