import { createHash, type Hash } from "node:crypto";
import { vi } from "vitest";

/** Like the runtime's, without its count of bytes. */
class FixedLengthStream extends TransformStream {
  constructor(_bytes: number) {
    super();
  }
}

class DigestStream extends WritableStream<Uint8Array> {
  readonly digest: Promise<ArrayBuffer>;

  constructor() {
    const hash: Hash = createHash("sha256");
    const { promise, resolve } = Promise.withResolvers<ArrayBuffer>();
    super({
      write: (chunk) => void hash.update(chunk),
      close: () => resolve(new Uint8Array(hash.digest()).buffer),
    });
    this.digest = promise;
  }
}

/** The streams that the runtime has beyond the standard's, until globals are unstubbed. */
export function stubRuntimeStreams(): void {
  vi.stubGlobal("FixedLengthStream", FixedLengthStream);
  Object.assign(crypto, { DigestStream });
}
