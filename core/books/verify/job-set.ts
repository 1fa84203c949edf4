/** Which jobs were met: 8 bytes a job at 53 bits of hash, so that a month of millions fits the memory. */
export class JobSet {
  #slots = new Float64Array(1024);
  #count = 0;

  /** False: it was met before, or, once in some 10^15 pairs, another one with its hash was. */
  add(job: string): boolean {
    if (2 * this.#count >= this.#slots.length) this.#grow();
    const slot = this.#slotOf(hash53(job));
    if (this.#slots[slot] !== 0) return false;
    this.#slots[slot] = hash53(job);
    this.#count += 1;
    return true;
  }

  /** The slot that holds the hash, or the free one where it belongs. */
  #slotOf(hash: number): number {
    let slot = hash % this.#slots.length;
    while (this.#slots[slot] !== 0 && this.#slots[slot] !== hash) {
      slot = (slot + 1) % this.#slots.length;
    }
    return slot;
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Float64Array(2 * old.length);
    for (const hash of old) if (hash !== 0) this.#slots[this.#slotOf(hash)] = hash;
  }
}

/** Two FNV-1a hashes of 32 bits, of which 53 bits are kept; never 0. */
function hash53(text: string): number {
  let left = 0x811c9dc5;
  let right = 0xcbf29ce4;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    left = Math.imul(left ^ code, 0x01000193);
    right = Math.imul(right ^ code, 0x85ebca6b);
    right ^= right >>> 13;
  }
  return (left >>> 11) * 2 ** 32 + (right >>> 0) || 1;
}
