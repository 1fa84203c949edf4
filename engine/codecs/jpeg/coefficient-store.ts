import { bytesAt, type Workspace } from "../../pixels/workspace.ts";
import { smoothBlocks } from "./smooth.ts";
import { positionMask } from "./patterns.ts";
import type { Component, KeptBlocks, McuRows, PlaneLayout } from "./plane-layout.ts";
import type { Frame, Scan } from "./syntax/header.ts";

/** The 64 slots, and the mask behind them. */
const slotsBytes = 64 + 8;
const notKept = 255;

/**
 * What is kept of a progressive picture's coefficients until all scans are there: of each block those that
 * the scale shows, and a bit for each that is not zero; and how many bits of each are known.
 */
export class CoefficientStore implements McuRows {
  readonly blocks: readonly KeptBlocks[];
  readonly #workspace: Workspace;
  readonly #layout: PlaneLayout;
  readonly #base: number;
  readonly #pointer: number;
  /** For each component and position, the bits still to come; -1 where nothing has come yet. */
  readonly #missing: readonly Int8Array[];

  constructor(workspace: Workspace, frame: Frame, layout: PlaneLayout, base: number) {
    this.#workspace = workspace;
    this.#layout = layout;
    this.#base = base;
    this.#missing = layout.components.map(() => new Int8Array(64).fill(-1));
    const h = Math.max(...layout.components.map((own) => own.h));
    const v = Math.max(...layout.components.map((own) => own.v));
    let bytes = 0;
    const take = (size: number): number => {
      const offset = bytes;
      bytes += Math.ceil(size / 16) * 16;
      return offset;
    };
    const offsets = layout.components.map((own): KeptBlocks => {
      const across = layout.mcusPerRow * own.h;
      const count = across * layout.mcuRows * own.v;
      const keptBytes = 2 * own.positions.length;
      return {
        across,
        keptBytes,
        slots: take(slotsBytes),
        kept: take(count * keptBytes),
        masks: own.side === 1 ? 0 : take(count * 8),
        columns: Math.ceil((frame.width * own.h) / (8 * h)),
        rows: Math.ceil((frame.height * own.v) / (8 * v)),
      };
    });
    const pointer = workspace.allocate(bytes);
    this.#pointer = pointer;
    bytesAt(workspace, pointer, bytes).fill(0);
    this.blocks = offsets.map((own, index) => {
      const slots = pointer + own.slots;
      writeSlots(workspace, slots, layout.components[index]);
      return { ...own, slots, kept: pointer + own.kept, masks: own.masks && pointer + own.masks };
    });
  }

  /** Whether a scan adds bits to what no scan began: there is nothing that they could add to. */
  isForeign({ components, start, end, high }: Scan): boolean {
    if (high === 0) return false;
    return components.some(({ index }) =>
      this.#missing[index]?.subarray(start, end + 1).every((bits) => bits === -1),
    );
  }

  /** Notes what a scan brings; false where it is not what must come next. */
  note({ components, start, end, high, low }: Scan): boolean {
    return components.every(({ index }) => {
      const missing = this.#missing[index]?.subarray(start, end + 1);
      const expected = high === 0 ? -1 : high;
      if (!missing || missing.some((bits) => bits !== expected)) return false;
      missing.fill(low);
      return true;
    });
  }

  /** Behind the last scan: estimates what none brought, unless not even the means are there. */
  smooth(divisors: readonly Uint16Array[]): void {
    if (this.#missing.some(([mean]) => mean === -1)) return;
    this.blocks.forEach((blocks, index) => {
      const [missing, own] = [this.#missing[index], divisors[index]];
      if (missing && own) smoothBlocks(this.#workspace, blocks, missing, own);
    });
  }

  /** Rows are shown when all scans have been read. */
  isComplete(): boolean {
    return true;
  }

  decode(mcuRow: number): boolean {
    const { rows } = this.#layout.shown;
    if (mcuRow < rows.from || mcuRow >= rows.end) return true;
    this.#layout.components.forEach((own, index) => {
      for (let row = 0; row < own.v; row++) this.#show(own, index, mcuRow * own.v + row);
    });
    return true;
  }

  free(): void {
    this.#workspace.free(this.#pointer);
  }

  #show(own: Component, index: number, line: number): void {
    const { columns } = this.#layout.shown;
    const blocks = this.blocks[index];
    if (!blocks) return;
    const first = columns.from * own.h;
    const block = line * blocks.across + first;
    const row = (line * own.side) % own.ringRows;
    this.#workspace.kernels.showBlocks(
      blocks.masks && blocks.masks + block * 8,
      blocks.kept + block * blocks.keptBytes,
      blocks.keptBytes,
      blocks.slots,
      (columns.end - columns.from) * own.h,
      this.#base + own.patterns,
      own.side,
      this.#base + own.samples + row * own.stride + first * own.side,
      own.stride,
    );
  }
}

function writeSlots(workspace: Workspace, at: number, component: Component | undefined): void {
  if (!component) return;
  const slots = new Uint8Array(slotsBytes).fill(notKept, 0, 64);
  for (const [slot, position] of component.positions.entries()) slots[position] = slot;
  new BigUint64Array(slots.buffer, 64, 1)[0] = positionMask(component.positions);
  bytesAt(workspace, at, slotsBytes).set(slots);
}
