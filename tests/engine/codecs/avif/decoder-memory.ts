export interface Coder {
  /** The last bytes of the tile's data. */
  readonly data: readonly number[];
  /** How many of them have been taken, and how many bits of those belong to no symbol. */
  readonly taken: number;
  readonly spare: number;
}

/** A memory in which the decoder has left its tiles as this build of dav1d does. */
export function memoryWith(...coders: readonly Coder[]): WebAssembly.Memory {
  const memory = new WebAssembly.Memory({ initial: 4 });
  const view = new DataView(memory.buffer);
  const put = (at: number, value: number) => view.setUint32(at, value, true);
  const [decoder, frame, tiles] = [1000, 2000, 130_000];
  put(108_740, decoder);
  put(decoder, frame);
  put(frame + 2080, tiles);
  put(frame + 2084, coders.length);
  for (const [index, { data, taken, spare }] of coders.entries()) {
    const start = 8000 + 100 * index;
    new Uint8Array(memory.buffer).set(data, start);
    const coder = tiles + 14_592 * index + 13_824;
    put(coder, start + taken);
    put(coder + 4, start + data.length);
    view.setInt32(coder + 16, spare - 14, true);
  }
  return memory;
}

/** Its one byte ends as the standard asks. */
export const wellEnded: Coder = { data: [0x80], taken: 1, spare: 7 };
export const badlyEnded: Coder = { data: [0x80], taken: 1, spare: 6 };
