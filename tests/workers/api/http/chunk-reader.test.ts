import { expect, test } from "vitest";
import { chunkReader, type ChunkReader } from "../../../../workers/api/http/chunk-reader.ts";

const bytes = new Uint8Array(200_000).map((_, index) => index);

const ofBytes = () =>
  new ReadableStream({
    type: "bytes",
    start(controller) {
      controller.enqueue(bytes.slice());
      controller.close();
    },
  }) as ReadableStream<Uint8Array<ArrayBuffer>>;

const ofChunks = (): ReadableStream<Uint8Array<ArrayBuffer>> =>
  new ReadableStream({
    start(controller) {
      for (let at = 0; at < bytes.length; at += 7000)
        controller.enqueue(bytes.slice(at, at + 7000));
      controller.close();
    },
  });

test.each([
  ["of bytes", ofBytes],
  ["of chunks", ofChunks],
])("a stream %s is read to its end, byte by byte the same", async (_, source) => {
  const reader = chunkReader(source());
  const chunks: Uint8Array[] = [];
  for (let next = await reader.read(); !next.done; next = await reader.read())
    chunks.push(next.value);
  expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
  expect(await reader.read()).toEqual({ done: true, value: undefined });
});

test("bytes come in few chunks", async () => {
  const reader: ChunkReader = chunkReader(ofBytes());
  expect((await reader.read()).value).toHaveLength(64 * 1024);
  await reader.cancel();
});

test("a stream that somebody else reads is not read twice", () => {
  const stream = ofBytes();
  stream.getReader();
  expect(() => chunkReader(stream)).toThrow(TypeError);
});

const fail = (controller: { error(cause: Error): void }) => controller.error(new Error("gone"));

test.each([
  ["of bytes", () => new ReadableStream({ type: "bytes", start: fail })],
  ["of chunks", () => new ReadableStream({ start: fail })],
])("to end a stream %s that has failed is no failure", async (_, source) => {
  const reader = chunkReader(source());
  await expect(reader.read()).rejects.toThrow("gone");
  await expect(reader.cancel()).resolves.toBeUndefined();
});
