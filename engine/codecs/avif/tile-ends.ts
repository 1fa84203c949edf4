/**
 * Whether the entropy coder of each tile of the last frame ended where the standard has it end: behind the last symbol
 * a 1 and then zeros, to the end of the tile's data (AV1 Bitstream Specification §8.2.4). Damage anywhere in a tile puts
 * its decoder out of step, which shows here; AV1 has no checksum. libaom looks at this too, this build of dav1d does not:
 * what is needed is read from its memory.
 */
export function tilesEndWell({ buffer }: WebAssembly.Memory): boolean {
  const view = new DataView(buffer);
  const read = (pointer: number) => view.getUint32(pointer, true);
  const frame = read(read(CONTEXT));
  const tiles = read(frame + FRAME.tiles);
  return Array.from({ length: read(frame + FRAME.tileCount) }, (_, tile) => {
    const coder = tiles + tile * TILE_BYTES + TILE_CODER;
    const next = read(coder);
    const end = read(coder + CODER.end);
    // Minus the number of bits before `next` that belong to no symbol.
    const spare = view.getInt32(coder + CODER.count, true) + 14;
    return spare >= 0 && isPadding(new Uint8Array(buffer, 0, end), next - (spare >> 3), spare & 7);
  }).every(Boolean);
}

/** The lowest bit of a byte that is not one of `zeros` is a 1, and what follows that byte, from `at` on, is 0. */
function isPadding(bytes: Uint8Array, at: number, zeros: number): boolean {
  const mark = 1 << zeros;
  if (((bytes[at - 1] ?? 0) & (2 * mark - 1)) !== mark) return false;
  return bytes.subarray(at).every((byte) => byte === 0);
}

/** Where the module keeps the address of the decoder, whose first field is that of its one frame context. */
const CONTEXT = 108_740;
/** In a frame context. */
const FRAME = { tiles: 2080, tileCount: 2084 };
/** Of a tile's state, and where its entropy coder is in it. */
const TILE_BYTES = 14_592;
const TILE_CODER = 13_824;
/** In an entropy coder, behind the next byte to read: the end of its data, and how many bits it holds, less 15. */
const CODER = { end: 4, count: 16 };
