import type { Problem } from "../../../core/problem.ts";
import { chunkReader, type ChunkReader } from "../http/chunk-reader.ts";
import { UploadFault } from "../http/body-problems.ts";
import { originBrokeOff, originLate, remoteTooLarge } from "./remote-problems.ts";

interface Cap {
  readonly bytesMax: number;
  /** Aborted when time is up. */
  readonly signal: AbortSignal;
  /** Called once, when the body has ended in any way. */
  readonly done: () => void;
}

/**
 * An origin's body, which ends with an `UploadFault` past this many bytes, counted as they come out of any
 * compression: 19 kB of gzip can be 20 MB.
 */
export function cappedBody(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  { bytesMax, signal, done }: Cap,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const reader = chunkReader(body);
  let left = bytesMax;
  const fail = (fault: Problem) => {
    done();
    void reader.cancel();
    return new UploadFault(fault);
  };
  return new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      try {
        const next = await readOrAbort(reader, signal);
        if (next === "late") return controller.error(fail(originLate));
        if (next.done) {
          done();
          return controller.close();
        }
        left -= next.value.length;
        if (left < 0) return controller.error(fail(remoteTooLarge(bytesMax)));
        controller.enqueue(next.value);
      } catch {
        controller.error(fail(signal.aborted ? originLate : originBrokeOff));
      }
    },
    cancel() {
      done();
      return reader.cancel();
    },
  });
}

/** A fetch's own reader ends with its signal. A reader that does not end is abandoned. */
async function readOrAbort(reader: ChunkReader, signal: AbortSignal) {
  const { promise: late, resolve } = Promise.withResolvers<"late">();
  const abort = () => resolve("late");
  if (signal.aborted) return "late" as const;
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([reader.read(), late]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
