import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { limits } from "../../../../core/limits.ts";
import type { ChunkReader } from "../../../../workers/api/http/chunk-reader.ts";
import { heldPicture, streamedPicture } from "../../../../workers/api/upload/picture.ts";
import {
  bytes,
  frameHeader,
  jpeg,
  png,
  pngHeader,
  repeated,
  scanHeader,
  segment,
} from "../../../core/image/made-headers.ts";

const size = { bytes: null, bytesMax: limits.sourceBytesMax };
const comments = (count: number) => repeated(segment(0xfe, new Uint8Array(60_000)), count);
const lateHeader = jpeg(
  comments(10),
  frameHeader({ width: 30, height: 20 }),
  scanHeader(),
  new Uint8Array(5000),
);

describe("a picture from a stream", () => {
  const anyCuts = fc.array(fc.integer({ min: 1, max: 200_000 }), { minLength: 1, maxLength: 20 });

  test("is what it would be as a whole, and loses no byte, however it is cut up", async () => {
    const pictures = fc.constantFrom(
      lateHeader,
      bytes(png(pngHeader({ width: 3, height: 4 })), 0, 0, 0, 9, "IDAT", new Uint8Array(9000)),
    );
    await fc.assert(
      fc.asyncProperty(pictures, anyCuts, async (picture, cuts) => {
        const whole = heldPicture(picture as Uint8Array<ArrayBuffer>);
        const streamed = await streamedPicture(streamOf(picture, cuts), size);
        if (!whole.ok || !streamed.ok) throw new Error("Refused");
        expect(streamed.value.info).toEqual(whole.value.info);
        const { head, rest } = streamed.value;
        expect(Buffer.concat([head, ...(await remaining(rest))]).equals(picture)).toBe(true);
      }),
    );
  });

  test("is refused as it would be as a whole, however it is cut up", async () => {
    const pictures = fc.constantFrom(
      png(pngHeader({ width: 0, height: 4 })),
      bytes("no picture at all, and a long one at that".repeat(50)),
      lateHeader.subarray(0, 300_000),
      bytes(),
    );
    await fc.assert(
      fc.asyncProperty(pictures, anyCuts, async (picture, cuts) => {
        const whole = heldPicture(picture as Uint8Array<ArrayBuffer>);
        expect(whole.ok).toBe(false);
        expect(await streamedPicture(streamOf(picture, cuts), size)).toEqual(whole);
      }),
    );
  });

  test("that trickles in by the byte is looked at only when twice as much is there", async () => {
    const picture = jpeg(comments(1), frameHeader({ width: 30, height: 20 }), scanHeader());
    const streamed = await streamedPicture(
      streamOf(bytes(picture, new Uint8Array(90_000)), [1]),
      size,
    );
    if (!streamed.ok) throw new Error("Refused");
    expect(streamed.value.info).toMatchObject({ width: 30, height: 20 });
    const doublings = Math.log2(streamed.value.head.length / limits.magicBytesMax);
    expect(doublings).toBe(Math.ceil(Math.log2(picture.length / limits.magicBytesMax)));
  });

  test("is refused when its beginning does not tell its size, after no byte more than that", async () => {
    let read = 0;
    const piece = 1024;
    const whole = bytes(jpeg(), comments(40)).slice(0, 2 * limits.headBytesMax);
    const source = streamOf(whole, [piece]).pipeThrough(
      new TransformStream({
        transform(chunk: Uint8Array<ArrayBuffer>, controller) {
          read += chunk.length;
          controller.enqueue(chunk);
        },
      }),
    );
    const leave = vi.fn<() => Promise<void>>(async () => undefined);
    const refused = await streamedPicture(source, size, leave);
    expect(refused).toMatchObject({
      error: { detail: expect.stringContaining(`first ${limits.headBytesMax} bytes`) },
    });
    expect(leave).toHaveBeenCalledOnce();
    // Streams read a piece or two ahead.
    expect(read).toBeLessThan(limits.headBytesMax + 4 * piece);
  });

  test("without an end is heard out no further than the largest body there may be", async () => {
    let sent = 0;
    const endless = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull(controller) {
        const chunk = sent === 0 ? jpeg() : comments(1);
        sent += chunk.length;
        controller.enqueue(chunk as Uint8Array<ArrayBuffer>);
      },
    });
    expect(await streamedPicture(endless, size)).toMatchObject({
      ok: false,
      error: { code: "corrupt-image" },
    });
    expect(sent).toBeLessThan(limits.sourceBytesMax + 3 * limits.headBytesMax);
  });
});

/** Chunks of these lengths, over and over. */
function streamOf(
  picture: Uint8Array,
  cuts: readonly number[],
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let offset = 0;
  let turn = 0;
  return new ReadableStream({
    pull(controller) {
      if (offset >= picture.length) return controller.close();
      const length = cuts[turn++ % cuts.length] ?? 1;
      controller.enqueue(picture.slice(offset, offset + length));
      offset += length;
    },
  });
}

async function remaining(reader: ChunkReader | null): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  for (let next = await reader?.read(); next?.value; next = await reader?.read())
    chunks.push(next.value);
  return chunks;
}
