import { inTime } from "../../../core/deadline.ts";
import { limits } from "../../../core/limits.ts";
import { problem, type Problem } from "../../../core/problem.ts";
import { err, ok, type Result } from "../../../core/result.ts";
import type { ChunkReader } from "../http/chunk-reader.ts";
import { brokenOff, UploadFault, uploadTimeout } from "../http/body-problems.ts";
import type { Picture } from "./picture.ts";

export interface StoredSource {
  readonly bytes: number;
  /** SHA-256 of the bytes; null where it is not needed. */
  readonly digest: ArrayBuffer | null;
}

/**
 * Puts the whole picture under `key`. Nothing is visible there before all of it has arrived, so a client
 * that breaks off leaves nothing behind. Never rejects.
 */
export async function storeSource(
  bucket: R2Bucket,
  key: string,
  picture: Picture,
  wantsDigest: boolean,
): Promise<Result<StoredSource, Problem>> {
  try {
    // What is put later than that has no job, and its ledger removes it.
    const millisMax = picture.rest ? streamMillisMax : limits.storageMillisMax;
    return ok(await inTime(globalThis, millisMax, store(bucket, key, picture, wantsDigest)));
  } catch (cause) {
    if (cause instanceof UploadFault) return err(cause.problem);
    console.error({ event: "source-not-stored", key, cause: String(cause) });
    return err(unavailable);
  }
}

/** The upload itself ends earlier, and says so. */
const streamMillisMax = limits.uploadMillisMax + limits.storageMillisMax;

const unavailable = problem(
  "unavailable",
  "The picture could not be stored now. Send it again; with an Idempotency-Key that is always safe.",
  { retryAfterMillis: limits.busyRetryMillis },
);

async function store(
  bucket: R2Bucket,
  key: string,
  picture: Picture,
  wantsDigest: boolean,
): Promise<StoredSource> {
  if (!picture.rest) {
    const [digest] = await Promise.all([
      wantsDigest ? crypto.subtle.digest("SHA-256", picture.head) : null,
      bucket.put(key, picture.head),
    ]);
    return { bytes: picture.head.length, digest };
  }
  const digest = wantsDigest ? new crypto.DigestStream("SHA-256") : null;
  const chunks = arriving(picture.head, picture.rest, digest?.getWriter());
  const bytes =
    picture.bytes === null
      ? await storeInParts(bucket, key, chunks)
      : await storeStream(bucket, key, chunks, picture.bytes);
  return { bytes, digest: (await digest?.digest) ?? null };
}

/** Head and rest as one sequence, hashed in passing, broken off when it takes too long. */
async function* arriving(
  head: Uint8Array<ArrayBuffer>,
  rest: ChunkReader,
  digest: WritableStreamDefaultWriter<ArrayBuffer | ArrayBufferView> | undefined,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const late = Promise.withResolvers<"late">();
  const deadline = setTimeout(late.resolve, limits.uploadMillisMax, "late");
  try {
    let chunk: Uint8Array<ArrayBuffer> | undefined = head;
    while (chunk) {
      await digest?.write(chunk);
      yield chunk;
      const next = await Promise.race([read(rest), late.promise]);
      if (next === "late") throw new UploadFault(uploadTimeout);
      chunk = next.value;
    }
    await digest?.close();
  } finally {
    clearTimeout(deadline);
    // A reader that stops early needs nothing more; at the end this does nothing.
    void rest.cancel();
  }
}

/** A read fails for what the sender did; whatever else fails on the way is ours. */
function read(rest: ChunkReader) {
  return rest.read().catch((cause: unknown) => {
    throw cause instanceof UploadFault ? cause : new UploadFault(brokenOff);
  });
}

async function storeStream(
  bucket: R2Bucket,
  key: string,
  chunks: AsyncIterable<Uint8Array<ArrayBuffer>>,
  bytes: number,
): Promise<number> {
  const { readable, writable } = new FixedLengthStream(bytes);
  const writer = writable.getWriter();
  try {
    await Promise.all([send(chunks, writer), bucket.put(key, readable)]);
    return bytes;
  } catch (cause) {
    // Whichever failed, the other one would wait forever: the bucket for bytes, the sender for a reader.
    await writer.abort(cause).catch(() => undefined);
    throw cause;
  }
}

async function send(
  chunks: AsyncIterable<Uint8Array<ArrayBuffer>>,
  writer: WritableStreamDefaultWriter<Uint8Array>,
): Promise<void> {
  for await (const chunk of chunks) await writer.write(chunk);
  await writer.close();
}

/** For a form field, whose length is not known: R2's multipart upload, a part in memory at a time. */
async function storeInParts(
  bucket: R2Bucket,
  key: string,
  chunks: AsyncIterable<Uint8Array<ArrayBuffer>>,
): Promise<number> {
  const upload = await bucket.createMultipartUpload(key);
  const parts: R2UploadedPart[] = [];
  const buffer = new Uint8Array(limits.uploadPartBytes);
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
        const taken = chunk.subarray(offset, offset + limits.uploadPartBytes - filled);
        buffer.set(taken, filled);
        filled += taken.length;
        offset += taken.length;
        if (filled === limits.uploadPartBytes) await putPart();
      }
    }
    if (filled > 0) await putPart();
    await upload.complete(parts);
    return bytes;
  } catch (cause) {
    await upload.abort().catch(() => undefined);
    throw cause;
  }
}
