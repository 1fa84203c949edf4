import { crc32 } from "node:zlib";
import { expect, test } from "vitest";
import type { PngKernel } from "../../../../engine/codecs/png/kernel.ts";
import { compile } from "../../../../engine/modules-node.ts";
import { moduleFiles } from "../../../../engine/codecs/codec-set.ts";

const instance = await WebAssembly.instantiate(await compile(moduleFiles.png));
const kernel = instance.exports as unknown as PngKernel;

test("the kernel's CRC is zlib's, however long a piece is and whatever went before", () => {
  kernel.begin(1, 1, 8, 2, false, false, 1, 1);
  const address = kernel.inputAddress();
  const piece = new Uint8Array(kernel.memory.buffer, address, kernel.inputBytesMax());
  for (const index of piece.keys()) piece[index] = (index * index * 31 + (index >> 3)) & 255;
  const around = (length: number) => [-17, -1, 0, 1, 300, 316].map((more) => length + more);
  const lengths = [0, 1, 15, 16, 333, ...around(1024), ...around(8192), ...around(16384), 65536];
  for (const length of lengths) {
    for (const before of [0, 0xedb88320]) {
      const own = kernel.crc32(before, address, length) >>> 0;
      expect(own, `${length} bytes`).toBe(crc32(piece.subarray(0, length), before));
    }
  }
});
