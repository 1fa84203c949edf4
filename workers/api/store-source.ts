import { limits } from "../../core/limits.ts";
import type { Problem } from "../../core/problem.ts";
import { err, ok, type Result } from "../../core/result.ts";
import { FormFault } from "./form.ts";
import { brokenOff, type Picture } from "./picture.ts";

export interface StoredSource {
  readonly bytes: number;
  /** SHA-256 of the bytes; null where nobody needs it. */
  readonly digest: ArrayBuffer | null;
}

/** R2's smallest part but the last. */
const partBytes = 5 * 1024 * 1024;

/**
 * Puts the whole picture under `key`. Nothing is visible there before all of it has arrived, so a client
 * that breaks off leaves nothing behind.
 */
export async function storeSource(
  bucket: R2Bucket,
  key: string,
  picture: Picture,
  wantsDigest: boolean,
): Promise<Result<StoredSource, Problem>> {
  if (!picture.rest) {
    const [digest] = await Promise.all([
      wantsDigest ? crypto.subtle.digest("SHA-256", picture.head) : null,
      bucket.put(key, picture.head),
    ]);
    return ok({ bytes: picture.head.length, digest });
  }
  const digest = wantsDigest ? new crypto.DigestStream("SHA-256") : null;
  const chunks = arriving(picture.head, picture.rest, digest?.getWriter());
  const stored =
    picture.bytes === null
      ? await storeInParts(bucket, key, chunks)
      : await storeStream(bucket, key, chunks, picture.bytes);
  if (!stored.ok) return stored;
  return ok({ bytes: stored.value, digest: (await digest?.digest) ?? null });
}

/** Head and rest as one sequence, hashed in passing, broken off when it takes too long. */
async function* arriving(
  head: Uint8Array<ArrayBuffer>,
  rest: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>,
  digest: WritableStreamDefaultWriter<ArrayBuffer | ArrayBufferView> | undefined,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let late = false;
  const deadline = setTimeout(() => {
    late = true;
    void rest.cancel();
  }, limits.uploadMillisMax);
  try {
    let chunk: Uint8Array<ArrayBuffer> | undefined = head;
    while (chunk) {
      await digest?.write(chunk);
      yield chunk;
      chunk = (await rest.read()).value;
    }
    // A cancelled reader ends like a complete one.
    if (late) throw new Error("the upload took too long");
    await digest?.close();
  } finally {
    clearTimeout(deadline);
  }
}

async function storeStream(
  bucket: R2Bucket,
  key: string,
  chunks: AsyncIterable<Uint8Array<ArrayBuffer>>,
  bytes: number,
): Promise<Result<number, Problem>> {
  const { readable, writable } = new FixedLengthStream(bytes);
  const writer = writable.getWriter();
  const sending = (async () => {
    for await (const chunk of chunks) await writer.write(chunk);
    await writer.close();
  })().catch((cause: unknown) => writer.abort(cause).then(() => Promise.reject(cause)));
  const [sent, put] = await Promise.allSettled([sending, bucket.put(key, readable)]);
  if (sent.status === "rejected") return err(brokenOff);
  if (put.status === "rejected") throw put.reason;
  return ok(bytes);
}

/** For a form field, whose length nobody said: R2's multipart upload, a part in memory at a time. */
async function storeInParts(
  bucket: R2Bucket,
  key: string,
  chunks: AsyncIterable<Uint8Array<ArrayBuffer>>,
): Promise<Result<number, Problem>> {
  const upload = await bucket.createMultipartUpload(key);
  const parts: R2UploadedPart[] = [];
  const buffer = new Uint8Array(partBytes);
  let filled = 0;
  let bytes = 0;
  const putPart = async () => {
    parts.push(await upload.uploadPart(parts.length + 1, buffer.slice(0, filled)));
    filled = 0;
  };
  try {
    for await (const chunk of chunks) {
      bytes += chunk.length;
      for (let offset = 0; offset < chunk.length;) {
        const taken = chunk.subarray(offset, offset + partBytes - filled);
        buffer.set(taken, filled);
        filled += taken.length;
        offset += taken.length;
        if (filled === partBytes) await putPart();
      }
    }
    if (filled > 0) await putPart();
    await upload.complete(parts);
    return ok(bytes);
  } catch (cause) {
    await upload.abort().catch(() => undefined);
    return err(cause instanceof FormFault ? cause.problem : brokenOff);
  }
}
