import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { limits } from "../../../../core/limits.ts";
import type { Picture } from "../../../../workers/api/upload/picture.ts";
import { storeSource } from "../../../../workers/api/upload/store-source.ts";
import { readUpload } from "../../../../workers/api/upload/upload.ts";
import { headerOnlyJpeg } from "../../../journeys/pictures.ts";

beforeEach(() => {
  vi.useFakeTimers();
  // The runtime's own; how it counts is not of interest here.
  vi.stubGlobal(
    "FixedLengthStream",
    class extends TransformStream {
      constructor(_bytes: number) {
        super();
      }
    },
  );
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const late = { ok: false, error: { code: "upload-timeout", status: 408 } };
const beginning = Buffer.concat([headerOnlyJpeg(40, 30), new Uint8Array(5000)]);
const boundary = "multipart/form-data; boundary=limit";
const disposition = 'Content-Disposition: form-data; name="image"; filename="a.jpg"';
const form = Buffer.concat([Buffer.from(`--limit\r\n${disposition}\r\n\r\n`), new Uint8Array(100)]);

/** Brings these bytes and then nothing more, for ever. */
function stalling(...chunks: readonly Uint8Array[]): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(new Uint8Array(chunk));
    },
  });
}

describe("a body that stops coming is given up in time", () => {
  const small = limits.heldBytesMax / 2;
  const large = limits.heldBytesMax * 2;
  test.each([
    ["before its first byte", small, "image/jpeg", stalling()],
    ["while it is held", small, "image/jpeg", stalling(beginning)],
    [
      "within the header of a large picture",
      large,
      "image/jpeg",
      stalling(beginning.subarray(0, 100)),
    ],
    ["within a small form", small, boundary, stalling(form)],
    ["before the picture of a large form", large, boundary, stalling(form.subarray(0, 10))],
    ["within the header of a large form's picture", large, boundary, stalling(form)],
  ])("%s", async (_, length, type, body) => {
    const headers = { "Content-Length": String(length), "Content-Type": type };
    const request = new Request("http://minilab.test/v1/jobs", {
      method: "POST",
      headers,
      body,
      duplex: "half",
    } as RequestInit);
    const read = readUpload(request, new URL(request.url));
    await vi.advanceTimersByTimeAsync(limits.uploadMillisMax);
    expect(await read).toMatchObject(late);
  });

  test.each([
    ["whose length is known", 3 * beginning.length],
    ["out of a form", null],
  ])("while a picture %s is being stored, and nothing is kept of it", async (_, length) => {
    const bucket = new CountingBucket();
    const stored = storeSource(
      bucket as unknown as R2Bucket,
      "key",
      stallingPicture(length),
      false,
    );
    await vi.advanceTimersByTimeAsync(limits.uploadMillisMax);
    expect(await stored).toMatchObject(late);
    expect(bucket).toEqual({ stored: 0, aborted: 1 });
  });
});

test.each([
  ["streamed", 3 * beginning.length],
  ["in parts", null],
])("a bucket that fails is our fault, said at once, also %s", async (_, length) => {
  const log = vi.spyOn(console, "error").mockReturnValue();
  const down = () => Promise.reject(new Error("storage down"));
  const bucket = { put: down, createMultipartUpload: down } as unknown as R2Bucket;
  const stored = await storeSource(bucket, "key", stallingPicture(length), false);
  const retryAfterMillis = limits.busyRetryMillis;
  expect(stored).toMatchObject({ error: { code: "unavailable", status: 503, retryAfterMillis } });
  const line = { event: "source-not-stored", key: "key", cause: "Error: storage down" };
  expect(log).toHaveBeenCalledExactlyOnceWith(line);
  log.mockRestore();
});

/** Its header read, and more of it promised than ever comes. */
function stallingPicture(length: number | null): Picture {
  return {
    head: new Uint8Array(beginning),
    rest: stalling(beginning).getReader(),
    bytes: length,
    bytesMax: 3 * beginning.length,
  } as unknown as Picture;
}

class CountingBucket {
  stored = 0;
  aborted = 0;

  async put(_key: string, body: ReadableStream): Promise<void> {
    try {
      for await (const _chunk of body);
      this.stored += 1;
    } catch (cause) {
      this.aborted += 1;
      throw cause;
    }
  }

  createMultipartUpload() {
    return Promise.resolve({
      uploadPart: () => Promise.resolve({}),
      complete: () => Promise.resolve(void (this.stored += 1)),
      abort: () => Promise.resolve(void (this.aborted += 1)),
    });
  }
}
