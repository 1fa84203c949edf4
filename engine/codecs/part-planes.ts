import type { Refusal } from "../../core/image/refusal.ts";
import type { Size } from "../../core/image/size.ts";
import type { Plane } from "../pixels/plane-sampler.ts";
import { bytesAt, type Workspace } from "../pixels/workspace.ts";
import { DamagedSource, type DecodedPlanes, type PlaneRequest } from "./codec.ts";
import type { Frame, RowCopier } from "./frame.ts";

/** A picture of 4:2:0 that is coded in one part, or as a grid of parts of one size. */
export interface Parts {
  readonly size: Size;
  readonly part: Size;
  readonly columns: number;
  readonly rows: number;
  readonly icc?: Uint8Array;
}

/** Rows of a frame, and how they become JPEG's samples. */
export interface DecodedPart {
  readonly frame: Frame;
  readonly copyRow: RowCopier;
}

/** Decodes a part and hands it to `use`, after which it is gone; or says why there is none. */
export type DecodePart = (index: number, use: (part: DecodedPart) => void) => Refusal | undefined;

/** The planes of a picture in one part, which stays in its decoder's memory: rows are copied when asked for. */
export function planesOfWhole(
  { size, icc }: Parts,
  { frame, copyRow }: DecodedPart,
  workspace: Workspace,
  request: PlaneRequest,
): DecodedPlanes {
  const { rings, base } = allocateRings(workspace, size, request.rowsAtOnce);
  const planes = rings.map((ring, plane): Plane => {
    let done = 0;
    const ready = (row: number) => {
      const out = new Uint8Array(workspace.memory.buffer);
      for (; done <= row; done++) copyRow(frame, plane, done, ring.width, out, rowAt(ring, done));
    };
    return { ...ring, ready };
  });
  const free = () => workspace.free(base);
  return {
    samples: "planes",
    workspace,
    size,
    planes,
    finish: () => {},
    free,
    ...(icc && { icc }),
  };
}

/** The planes of a grid, whose rows of parts are decoded when the first of their rows is asked for. */
export function planesOfGrid(
  { size, part, columns, rows, icc }: Parts,
  decodePart: DecodePart,
  workspace: Workspace,
  request: PlaneRequest,
): DecodedPlanes {
  const { rings, base } = allocateRings(workspace, size, request.rowsAtOnce + part.height);
  let done = 0;
  const decodeUpTo = (end: number): void => {
    for (; done < Math.min(end, rows); done++) {
      for (let column = 0; column < columns; column++) {
        const at = { x: column * part.width, y: done * part.height };
        const refusal = decodePart(done * columns + column, (decoded) =>
          place(
            decoded,
            at,
            part,
            rings,
            bytesAt(workspace, 0, workspace.memory.buffer.byteLength),
          ),
        );
        if (refusal) throw new DamagedSource(refusal);
      }
    }
  };
  const planes = rings.map((ring): Plane => {
    const partRows = part.height / ring.density;
    return { ...ring, ready: (row) => decodeUpTo(Math.floor(row / partRows) + 1) };
  });
  const finish = () => decodeUpTo(rows);
  const free = () => workspace.free(base);
  return { samples: "planes", workspace, size, planes, finish, free, ...(icc && { icc }) };
}

interface Ring extends Omit<Plane, "ready"> {
  /** Pixels along each axis for each sample: 1 or 2. */
  readonly density: number;
}

/** The samples of a part that the picture shows. `at` is even. */
function place(
  { frame, copyRow }: DecodedPart,
  at: { readonly x: number; readonly y: number },
  part: Size,
  rings: readonly Ring[],
  out: Uint8Array,
): void {
  for (const [plane, ring] of rings.entries()) {
    const [left, top] = [at.x / ring.density, at.y / ring.density];
    const count = Math.min(part.width / ring.density, ring.width - left);
    const end = Math.min(part.height / ring.density, ring.height - top);
    for (let row = 0; row < end; row++) {
      copyRow(frame, plane, row, count, out, rowAt(ring, top + row) + left);
    }
  }
}

const rowAt = ({ pointer, stride, ringRows }: Ring, row: number): number =>
  pointer + (row % ringRows) * stride;

/** What filters need in addition, in rows of luma. */
const FILTER_ROWS = 24;
/** Kernels read and write up to this much behind a row. */
const MARGIN = 64;

function allocateRings(workspace: Workspace, size: Size, rowsAtOnce: number) {
  const rows = 2 * Math.ceil(Math.min(size.height, rowsAtOnce + FILTER_ROWS) / 2);
  const stride = (density: number) => Math.ceil(size.width / density / 16) * 16 + MARGIN;
  const [luma, chroma] = [stride(1) * rows, stride(2) * (rows / 2)];
  const base = workspace.allocate(luma + 2 * chroma + MARGIN);
  const ring = (pointer: number, density: number): Ring => ({
    pointer,
    density,
    stride: stride(density),
    width: Math.ceil(size.width / density),
    height: Math.ceil(size.height / density),
    extentX: size.width / density,
    extentY: size.height / density,
    ringRows: rows / density,
  });
  const rings = [ring(base, 1), ring(base + luma, 2), ring(base + luma + chroma, 2)];
  return { rings, base };
}
