/** One stream of a seed's choices. The same seed gives the same sequence on every machine. */
export class Random {
  #state: [number, number, number, number];

  constructor(seed: number, label = "") {
    // SplitMix32 spreads the seed and the label over the state of sfc32 (Chris Doty-Humphrey, PractRand).
    let mixed = seed >>> 0;
    for (const character of label)
      mixed = Math.imul(mixed ^ (character.codePointAt(0) ?? 0), 0x01000193);
    const next = () => {
      mixed = (mixed + 0x9e3779b9) | 0;
      let word = mixed ^ (mixed >>> 16);
      word = Math.imul(word, 0x21f0aaad);
      word ^= word >>> 15;
      word = Math.imul(word, 0x735a2d97);
      return (word ^ (word >>> 15)) | 0;
    };
    this.#state = [next(), next(), next(), 1];
    for (let skipped = 0; skipped < 12; skipped++) this.word();
  }

  /** 32 bits. */
  word(): number {
    const [a, b, c, counter] = this.#state;
    const sum = (a + b + counter) | 0;
    this.#state = [
      b ^ (b >>> 9),
      (c + (c << 3)) | 0,
      (((c << 21) | (c >>> 11)) + sum) | 0,
      (counter + 1) | 0,
    ];
    return sum >>> 0;
  }

  /** In [0, 1). */
  fraction(): number {
    return this.word() / 2 ** 32;
  }

  chance(probability: number): boolean {
    return probability > 0 && this.fraction() < probability;
  }

  /** A whole number in [least, most]. */
  between(least: number, most: number): number {
    return least + Math.floor(this.fraction() * (most - least + 1));
  }

  /** Mostly near `mean`, now and then many times it: what latencies look like. */
  exponential(mean: number): number {
    return -Math.log(1 - this.fraction()) * mean;
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.word() & 0xff);
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[Math.floor(this.fraction() * items.length)];
    if (item === undefined) throw new RangeError("nothing to pick from");
    return item;
  }
}
