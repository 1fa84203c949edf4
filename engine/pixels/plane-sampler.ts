import { planeTaps, type PlaneTaps } from "./plane-taps.ts";
import { bytesAt, type Workspace } from "./workspace.ts";

/** Samples of one component, a byte each, in a ring of rows that are made as they are asked for. */
export interface Plane {
  readonly pointer: number;
  readonly stride: number;
  readonly width: number;
  readonly height: number;
  /** What the picture covers of it, in samples: `width` and `height` less what is not whole. */
  readonly extentX: number;
  readonly extentY: number;
  /** Row `y` lies at `y % ringRows`. */
  readonly ringRows: number;
  /** Makes all rows up to this one, so that it and the last `rowsAtOnce` are there. */
  readonly ready: (row: number) => void;
}

/** A part of the picture, each number a fraction of its width or height. */
export interface Part {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Samples beyond a line that kernels may write or read with weight 0. */
const slackBytes = 64;

/**
 * A part of a plane, resampled, row after row from the top. In coordinates where a sample is a unit square,
 * a plane of chroma is the picture divided by a whole number: its own extent and the output's say all that
 * siting has to say. An output that is not whole (half of an odd width) ends in a whole sample.
 */
export class PlaneSampler {
  readonly width: number;
  readonly height: number;
  readonly #workspace: Workspace;
  readonly #plane: Plane;
  readonly #columns: PlaneTaps;
  readonly #rows: PlaneTaps;
  readonly #isCopy: boolean;
  /** The stretch of the plane's columns that is looked at. */
  readonly #from: number;
  readonly #length: number;
  readonly #base: number;
  readonly #at: ReturnType<typeof layOut>;

  constructor(
    workspace: Workspace,
    plane: Plane,
    part: Part,
    size: { readonly width: number; readonly height: number },
  ) {
    this.#workspace = workspace;
    this.#plane = plane;
    this.width = Math.ceil(size.width);
    this.height = Math.ceil(size.height);
    const scaleX = (plane.extentX * part.width) / size.width;
    const scaleY = (plane.extentY * part.height) / size.height;
    const [left, top] = [plane.extentX * part.x, plane.extentY * part.y];
    this.#isCopy = [left, top].every(Number.isInteger) && scaleX === 1 && scaleY === 1;
    this.#columns = planeTaps(plane.width, left, scaleX, this.width, tapsOfVector);
    this.#rows = planeTaps(plane.height, top, scaleY, this.height, 2);
    const { starts, count } = this.#columns;
    this.#from = starts[0] ?? 0;
    const end = Math.min(plane.width, (starts[starts.length - 1] ?? 0) + count);
    this.#length = end - this.#from;
    this.#at = layOut(this.#columns, this.#rows, this.width, this.#length);
    this.#base = workspace.allocate(this.#at.bytes);
    bytesAt(workspace, this.#base, this.#at.bytes).fill(0);
    const { buffer } = workspace.memory;
    new Uint32Array(buffer, this.#addressOf("starts"), starts.length).set(
      starts.map((start) => (start - this.#from) * 2),
    );
    writeWeights(buffer, this.#addressOf("columnWeights"), this.#columns.weights);
    writeWeights(buffer, this.#addressOf("rowWeights"), this.#rows.weights);
  }

  /** Writes row `y` as `width` signed samples of 16 bits, less 128, and up to seven more behind them. */
  sample(y: number, out: number): void {
    const { kernels, memory } = this.#workspace;
    const { count, starts } = this.#rows;
    const last = this.#plane.height - 1;
    const start = starts[y] ?? 0;
    if (this.#isCopy) {
      this.#plane.ready(start);
      kernels.bytesToSamples(this.#rowAt(start), this.width, out);
      return;
    }
    this.#plane.ready(Math.min(start + count - 1, last));
    const pointers = new Uint32Array(memory.buffer, this.#addressOf("pointers"), count);
    pointers.forEach((_, k) => {
      pointers[k] = this.#rowAt(Math.min(start + k, last));
    });
    const line = this.#addressOf("line");
    const rowWeights = this.#addressOf("rowWeights") + y * count * 2;
    kernels.blendPlaneRows(pointers.byteOffset, rowWeights, count / 2, this.#length, line);
    kernels.convolvePlaneLine(
      line,
      this.#addressOf("starts"),
      this.#addressOf("columnWeights"),
      this.#columns.count / tapsOfVector,
      this.width,
      out,
    );
  }

  free(): void {
    this.#workspace.free(this.#base);
  }

  #addressOf(part: keyof ReturnType<typeof layOut>): number {
    return this.#base + this.#at[part];
  }

  #rowAt(row: number): number {
    const { pointer, stride, ringRows } = this.#plane;
    return pointer + (row % ringRows) * stride + this.#from;
  }
}

const tapsOfVector = 8;

function writeWeights(buffer: ArrayBuffer, at: number, weights: Int16Array): void {
  new Int16Array(buffer, at, weights.length).set(weights);
}

/** Offsets of the parts in one block of memory. */
function layOut(columns: PlaneTaps, rows: PlaneTaps, width: number, length: number) {
  let bytes = 0;
  const take = (size: number): number => {
    const offset = bytes;
    bytes += Math.ceil((size + slackBytes) / 16) * 16;
    return offset;
  };
  return {
    starts: take(width * 4),
    columnWeights: take(columns.weights.byteLength + tapsOfVector * columns.count * 2),
    rowWeights: take(rows.weights.byteLength),
    pointers: take(rows.count * 4),
    line: take((length + columns.count) * 2),
    bytes,
  };
}
