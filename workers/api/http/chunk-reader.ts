import { limits } from "../../../core/limits.ts";

/** The part of a stream's reader that is used here. */
export interface ChunkReader {
  read(): Promise<
    | { readonly done: false; readonly value: Uint8Array<ArrayBuffer> }
    | { readonly done: true; readonly value?: Uint8Array<ArrayBuffer> | undefined }
  >;
  cancel(): Promise<void>;
}

/**
 * Reads a body in chunks of up to 64 KiB. The platform's plain reader gives 4 KiB at a time, and a turn of the
 * event loop for each made a discarded body of 270 KB cost 5.5 ms instead of 0.6. Streams that are not the
 * platform's own come in the chunks that they have.
 */
export function chunkReader(stream: ReadableStream<Uint8Array<ArrayBuffer>>): ChunkReader {
  const reader = byteReader(stream);
  if (!reader) return stream.getReader();
  return {
    async read() {
      const { done, value } = await reader.read(new Uint8Array(limits.chunkBytes));
      return done ? { done } : { done, value };
    },
    cancel: () => reader.cancel(),
  };
}

function byteReader(stream: ReadableStream): ReadableStreamBYOBReader | null {
  try {
    return stream.getReader({ mode: "byob" });
  } catch (cause) {
    if (stream.locked) throw cause;
    return null;
  }
}
