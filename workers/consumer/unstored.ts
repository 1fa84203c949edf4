import { limits } from "../../core/limits.ts";
import type { ClaimedJob } from "./claim.ts";

/** Jobs of a batch whose renditions are on their way to storage while the next picture renders. */
export class Unstored {
  #puts: Promise<void>[] = [];
  #bytes = 0;

  add(put: Promise<void>, bytes: number): void {
    this.#puts.push(put);
    this.#bytes += bytes;
  }

  /** Before a job renders: what would take its memory, or would wait for its long render, is stored first. */
  async makeRoom({ spec }: ClaimedJob): Promise<void> {
    const isLong = spec.computeUnits > limits.expressUnitsMax;
    if (isLong || this.#bytes > limits.unstoredBytesMax) await this.stored();
  }

  async stored(): Promise<void> {
    await Promise.all(this.#puts);
    [this.#puts, this.#bytes] = [[], 0];
  }
}
