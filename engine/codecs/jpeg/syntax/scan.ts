import type { Workspace } from "../../../pixels/workspace.ts";
import { skipData } from "./markers.ts";

/** Bytes for `scan` in engine/kernels/pixels/jpeg-scan.ts and jpeg-progressive.ts. */
export const scanBytes = 48;

/** The entropy-coded data of one scan, a stretch from restart marker to restart marker at a time. */
export class JpegScan {
  readonly #workspace: Workspace;
  readonly #source: Uint8Array;
  readonly #input: number;
  readonly #state: number;
  readonly #interval: number;
  /** Where in `source` the marker stands that ends the stretch. */
  #marker = 0;
  #bytes = 0;
  #mcusLeft = 0;
  #restarts = 0;

  /**
   * `source` has been copied to `input`, and what precedes this scan there is overwritten; `state` is
   * the kernels' `scan`.
   */
  constructor(
    workspace: Workspace,
    source: Uint8Array,
    scan: { readonly dataStart: number; readonly restartInterval: number },
    input: number,
    state: number,
  ) {
    this.#workspace = workspace;
    this.#source = source;
    this.#input = input;
    this.#state = state;
    this.#interval = scan.restartInterval || Infinity;
    this.#begin(scan.dataStart);
  }

  /** Decodes the next `count` MCUs in runs without a restart; false where anything is out of order. */
  decode(count: number, decodeRun: (first: number, count: number) => number): boolean {
    let done = 0;
    while (done < count) {
      if (this.#mcusLeft === 0 && !this.#restart()) return false;
      const run = Math.min(count - done, this.#mcusLeft);
      if (!decodeRun(done, run)) return false;
      this.#mcusLeft -= run;
      done += run;
    }
    return true;
  }

  /**
   * Where in `source` the marker stands that ends the scan, once all of it is decoded; undefined where the
   * data were too short. Scanners and cameras leave bytes behind the last MCU, restart markers among them:
   * those are passed over, as browsers do.
   */
  get endMarker(): number | undefined {
    return this.#isOverdrawn() ? undefined : skipData(this.#source, this.#marker);
  }

  /** Whether data follow what has been decoded: a file that ends right there may have been cut. */
  get hasMore(): boolean {
    return this.#usedBytes() < this.#bytes;
  }

  #restart(): boolean {
    const expected = 0xd0 + (this.#restarts++ & 7);
    if (this.#isOverdrawn() || this.#source[this.#marker + 1] !== expected) return false;
    this.#begin(this.#marker + 2);
    return true;
  }

  #begin(at: number): void {
    const { memory, kernels } = this.#workspace;
    const end = this.#input + this.#source.length;
    // The data shrink as they are unstuffed, and the header before them makes room.
    const found = kernels.unstuff(this.#input + at, end, this.#input, this.#state);
    const state = new Uint32Array(memory.buffer, this.#state, 10);
    this.#bytes = state[0] ?? 0;
    this.#marker = found - this.#input;
    while (this.#source[this.#marker + 1] === 0xff) this.#marker++;
    // No bits yet, the next word, no DC, no ended blocks, and the end with room for the words read ahead.
    state.set([0, 0, 0, this.#input, 0, 0, 0, 0, 0, this.#input + this.#bytes + 8]);
    this.#mcusLeft = this.#interval;
  }

  /** Whether more bits were read than there are: the kernels read on into zeros. */
  #isOverdrawn(): boolean {
    return this.#usedBytes() > this.#bytes;
  }

  #usedBytes(): number {
    const state = new Uint32Array(this.#workspace.memory.buffer, this.#state, 10);
    const bits = ((state[3] ?? 0) - this.#input) * 8 - (state[2] ?? 0);
    return Math.ceil(bits / 8);
  }
}
