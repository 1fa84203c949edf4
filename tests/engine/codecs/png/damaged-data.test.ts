import { deflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { infoOf, newPngDecoder, outcome } from "../codecs.ts";
import { joinPng, writePng } from "./fixture.ts";
import { pngChunk } from "../../../core/image/made-headers.ts";

test("a chunk of data behind the last row may be damaged, one with rows in it may not", () => {
  const plain = writePng({ width: 16, height: 16, colourType: 2, bitDepth: 8 });
  const header = plain.bytes.subarray(8, 33);
  const data = deflateSync(Buffer.alloc(49 * 16));
  const damaged = (bytes: Uint8Array) => {
    const wrong = pngChunk("IDAT", bytes);
    wrong[wrong.length - 1] = (wrong[wrong.length - 1] ?? 0) ^ 1;
    return wrong;
  };
  const end = pngChunk("IEND", new Uint8Array(0));
  const isRead = (...parts: readonly Uint8Array[]) =>
    outcome(newPngDecoder(), joinPng([header, ...parts, end]), infoOf("png", 16, 16));
  const [most, rest] = [data.subarray(0, -6), data.subarray(-6)];
  expect(isRead(pngChunk("IDAT", data), damaged(data))).toBe("decoded");
  expect(isRead(pngChunk("IDAT", data), damaged(new Uint8Array()))).toBe("decoded");
  const withMore = Buffer.concat([data, Buffer.alloc(200)]);
  expect(isRead(pngChunk("IDAT", withMore), damaged(data))).toBe("decoded");
  // As long as one piece that the kernel takes.
  expect(isRead(pngChunk("IDAT", data), damaged(new Uint8Array(65_536)))).toBe("decoded");
  expect(isRead(damaged(data))).toBe("corrupt_image");
  expect(isRead(damaged(data), pngChunk("IDAT", data))).toBe("corrupt_image");
  expect(isRead(damaged(most), pngChunk("IDAT", rest))).toBe("corrupt_image");
  expect(isRead(damaged(new Uint8Array()), pngChunk("IDAT", data))).toBe("corrupt_image");
});
