import { statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { temporaryStateDir } from "../scripts/local/local-service.ts";

/** Where a bench's services keep what they store. */
export type StateKind = "memory" | "disk";

/**
 * In memory, where the machine has such a file system with room. The local runtime waits for the disk on the thread that
 * renders, four to five times a job (fsync), and does nothing else meanwhile. On the platform storage is elsewhere: who
 * waits for it leaves the thread to others.
 */
export function stateKind({ disk }: { readonly disk: boolean }): StateKind {
  return !disk && hasRoom(memoryFolder) ? "memory" : "disk";
}

export const benchStateDir = (kind: StateKind): string =>
  temporaryStateDir(kind === "memory" ? memoryFolder : tmpdir());

/** Linux has one there. */
const memoryFolder = "/dev/shm";
/** More than any bench stores. */
const bytesMin = 6 * 1024 ** 3;

function hasRoom(folder: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize >= bytesMin;
  } catch {
    return false;
  }
}
