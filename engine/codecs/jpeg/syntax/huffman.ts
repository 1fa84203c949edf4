/** A Huffman table as a DHT segment describes it. */
export interface HuffmanTable {
  /** How many codes have 1, 2, … 16 bits. */
  readonly lengths: Uint8Array;
  /** Symbols, shortest code first. */
  readonly symbols: Uint8Array;
}

const bitsMax = 16;

/** The best table for these counts (ITU-T T.81, annex K.2): no code over 16 bits, none of ones alone. */
export function optimalTable(counts: Uint32Array): HuffmanTable {
  const used = Array.from(counts.keys()).filter((symbol) => counts[symbol]);
  const lengthCounts = limitLengths(codeLengths(used.map((symbol) => counts[symbol] ?? 0)));
  // More frequent symbols get shorter codes; equal ones keep their order.
  const symbols = used.toSorted((a, b) => (counts[b] ?? 0) - (counts[a] ?? 0));
  return { lengths: lengthCounts, symbols: Uint8Array.from(symbols) };
}

/** Every symbol's code (T.81 annex C.2) as `code | length << 16`. */
export function encodingTable(table: HuffmanTable): Uint32Array {
  const codes = new Uint32Array(256);
  let code = 0;
  let index = 0;
  for (let length = 1; length <= bitsMax; length++) {
    for (let k = 0; k < (table.lengths[length - 1] ?? 0); k++) {
      codes[table.symbols[index] ?? 0] = code | (length << 16);
      code++;
      index++;
    }
    code <<= 1;
  }
  return codes;
}

/**
 * Number of codes of each length, by Huffman's merging of the two rarest. One code is added for a
 * symbol that never occurs: as the rarest it gets the code of all ones, which must stay free.
 */
function codeLengths(counts: readonly number[]): number[] {
  const leaves = [0, ...counts].toSorted((a, b) => a - b);
  const weights = [...leaves];
  const parents: number[] = [];
  // Leaves and merged nodes are both in ascending order: the rarest is at the front of one of them.
  let leaf = 0;
  let merged = leaves.length;
  const takeRarest = (): number =>
    merged >= weights.length ||
    (leaf < leaves.length && (weights[leaf] ?? 0) <= (weights[merged] ?? 0))
      ? leaf++
      : merged++;
  while (weights.length < leaves.length * 2 - 1) {
    const a = takeRarest();
    const b = takeRarest();
    parents[a] = parents[b] = weights.length;
    weights.push((weights[a] ?? 0) + (weights[b] ?? 0));
  }
  const depths: number[] = [];
  const lengthCounts: number[] = [];
  for (let node = parents.length; node >= 0; node--) {
    const parent = parents[node];
    const depth = parent === undefined ? 0 : (depths[parent] ?? 0) + 1;
    depths[node] = depth;
    if (node < leaves.length) lengthCounts[depth] = (lengthCounts[depth] ?? 0) + 1;
  }
  return lengthCounts;
}

/** Shortens codes over 16 bits (T.81 figure K.3), then removes the longest: the added symbol's. */
function limitLengths(lengthCounts: number[]): Uint8Array {
  const counts = Array.from(
    { length: Math.max(lengthCounts.length, bitsMax + 1) },
    (_, k) => lengthCounts[k] ?? 0,
  );
  const add = (length: number, change: number): void => {
    counts[length] = (counts[length] ?? 0) + change;
  };
  for (let length = counts.length; length > bitsMax; length--) {
    while ((counts[length] ?? 0) > 0) {
      let shorter = length - 2;
      while ((counts[shorter] ?? 0) === 0) shorter--;
      add(length, -2);
      add(length - 1, 1);
      add(shorter + 1, 2);
      add(shorter, -1);
    }
  }
  let longest = bitsMax;
  while ((counts[longest] ?? 0) === 0) longest--;
  add(longest, -1);
  return Uint8Array.from(counts.slice(1, bitsMax + 1));
}
