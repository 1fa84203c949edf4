import fc from "fast-check";
import { expect, test } from "vitest";
import { decode, decoded, newWebpDecoder } from "../codecs.ts";
import { infoOfFile, reference, webpOf } from "./libwebp.ts";

test("hostile files get the verdict that libwebp gives, and the next picture is unharmed", async () => {
  const decoder = newWebpDecoder();
  const size = { width: 40, height: 36 };
  const files = [
    await webpOf({ quality: 60 }, { alpha: true, size }),
    await webpOf({ lossless: true }, { alpha: true, size }),
    await webpOf({ quality: 60 }, { size }),
  ] as const;
  const intact = decoded(decoder, files[0], { info: infoOfFile(files[0]) }).rgba;
  const edits = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...files), edits, async (file, changes) => {
      const damaged = new Uint8Array(file);
      // Behind the sizes, which would make it another picture.
      for (const [at, value] of changes) damaged[64 + (at % (file.length - 64))] = value;
      const theirs = await reference(damaged).catch(() => undefined);
      const ours = decode(decoder, damaged, { info: infoOfFile(file) });
      expect(ours.ok).toBe(theirs !== undefined);
      expect(
        Buffer.compare(decoded(decoder, files[0], { info: infoOfFile(files[0]) }).rgba, intact),
      ).toBe(0);
    }),
    { numRuns: 150 },
  );
});
