import type { Workspace } from "../../pixels/workspace.ts";
import { codesTable, codesTableBytes } from "./lookup.ts";
import type { HuffmanTable } from "./syntax/huffman.ts";

/** The table at `out` with which coefficients are passed over; `scratch` has room for one of codes. */
export function writeSkips(
  workspace: Workspace,
  table: HuffmanTable,
  scratch: number,
  out: number,
): void {
  const codes = new Uint16Array(workspace.memory.buffer, scratch, codesTableBytes / 2);
  codes.set(codesTable(table));
  workspace.kernels.fillSkips(scratch, out);
}
