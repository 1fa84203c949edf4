import { concatenate } from "../../../core/image/bytes.ts";
import type { ImageInfo } from "../../../core/image/image-info.ts";
import { probe } from "../../../core/image/probe.ts";
import { limits } from "../../../core/limits.ts";
import { refusalProblem } from "../../../core/image/refusal-problem.ts";
import { problem, type Problem } from "../../../core/problem.ts";
import { err, ok, type Result } from "../../../core/result.ts";
import { emptyBody } from "../http/body-problems.ts";
import { chunkReader, type ChunkReader } from "../http/chunk-reader.ts";
import { drain } from "../http/drain.ts";

/**
 * A picture on its way in, its header read. Small ones are whole in `head`; of larger ones `head` is the
 * beginning and `rest` brings what follows, so that no body over `limits.heldBytesMax` is ever held whole.
 */
export interface Picture {
  readonly info: ImageInfo;
  readonly head: Uint8Array<ArrayBuffer>;
  readonly rest: ChunkReader | null;
  /** Length of the whole picture; null where it is known only at the end (a large form field). */
  readonly bytes: number | null;
  /** What `bytes` cannot exceed. */
  readonly bytesMax: number;
}

/** What a client sent: the picture, and the names and values that describe its outputs. */
export interface Upload {
  readonly picture: Picture;
  /** A second picture, to be drawn on the renditions; always whole. */
  readonly overlay?: Picture;
  readonly options: readonly (readonly [name: string, value: string])[];
}

/** An overlay, which is whole in memory. */
export function heldOverlay(bytes: Uint8Array<ArrayBuffer>): Result<Picture, Problem> {
  if (bytes.length > limits.overlayBytesMax) return err(overlayTooLarge);
  const probed = probe(bytes, true);
  if (probed.kind !== "refused") return heldPicture(bytes);
  return err(refusalProblem({ ...probed.refusal, of: "overlay" }));
}

export const overlayTooLarge = problem(
  "body-too-large",
  `An overlay may have at most ${limits.overlayBytesMax} bytes. Send a smaller one.`,
);

/** A picture that is whole in memory. */
export function heldPicture(bytes: Uint8Array<ArrayBuffer>): Result<Picture, Problem> {
  if (bytes.length === 0) return err(emptyBody);
  const probed = probe(bytes, true);
  if (probed.kind === "image") {
    const { length } = bytes;
    return ok({ info: probed.info, head: bytes, rest: null, bytes: length, bytesMax: length });
  }
  return err(refusalProblem(probed.refusal));
}

/**
 * Reads as much of a stream as tells the picture's dimensions. Looks again when twice as much is there, so
 * that a body which trickles in by the byte costs no more than any other. `leave` ends what is not wanted.
 */
export async function streamedPicture(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  size: Pick<Picture, "bytes" | "bytesMax">,
  leave: (rest: ChunkReader) => Promise<void> = drain,
): Promise<Result<Picture, Problem>> {
  const reader = chunkReader(stream);
  let head = new Uint8Array(0);
  for (;;) {
    const wanted = Math.max(limits.magicBytesMax, 2 * head.length);
    const { done, bytes } = await readOn(reader, head, wanted);
    head = bytes;
    const probed = probe(head, done);
    if (probed.kind === "image") {
      return ok({ info: probed.info, head, rest: done ? null : reader, ...size });
    }
    if (probed.kind === "refused") {
      await leave(reader);
      return err(head.length === 0 ? emptyBody : refusalProblem(probed.refusal));
    }
  }
}

/** `head` and what follows it, until there are `wanted` bytes or no more. */
async function readOn(
  reader: ChunkReader,
  head: Uint8Array<ArrayBuffer>,
  wanted: number,
): Promise<{ done: boolean; bytes: Uint8Array<ArrayBuffer> }> {
  const chunks = [head];
  let length = head.length;
  let done = false;
  while (!done && length < wanted) {
    const next = await reader.read();
    done = next.done;
    if (next.value) chunks.push(next.value);
    length += next.value?.length ?? 0;
  }
  return { done, bytes: concatenate(chunks) };
}
