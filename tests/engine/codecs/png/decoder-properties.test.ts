import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decode, decoded, newPngDecoder, outcome } from "../codecs.ts";
import { everyLayout, greyColumn, mendCrcs, writePng } from "./fixture.ts";

const decoder = newPngDecoder();

test("a PNG is decoded exactly for any bytes, however they are deflated and split", () => {
  const noise = fc.uint8Array({ minLength: 300, maxLength: 3000, size: "max" });
  const run = fc
    .tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 100 }))
    .map(([bytes, times]) => new Uint8Array(Buffer.concat(Array(times).fill(bytes))));
  const stream = fc.record({
    segments: fc.array(fc.oneof(noise, run), { minLength: 1, maxLength: 12, size: "max" }),
    level: fc.integer({ min: 0, max: 9 }),
    memLevel: fc.integer({ min: 1, max: 9 }),
    idatBytes: fc.integer({ min: 20, max: 5000 }),
  });
  fc.assert(
    fc.property(stream, ({ segments, level, memLevel, idatBytes }) => {
      const grey = new Uint8Array(Buffer.concat(segments));
      const bytes = greyColumn(segments, { level, memLevel }, idatBytes);
      const { rgba } = decoded(decoder, bytes);
      expect(grey.every((value, index) => rgba[index * 4] === value)).toBe(true);
    }),
    { numRuns: 200 },
  );
});

describe("a PNG is refused", () => {
  const { bytes } = writePng({ width: 60, height: 40, colourType: 2, bitDepth: 8 });
  const pixelsEnd = bytes.length - 12;

  test("cut anywhere before its pixels end", () => {
    for (let length = 8; length < pixelsEnd; length++) {
      expect(outcome(decoder, bytes.subarray(0, length)), `${length} bytes`).toBe(
        "truncated_image",
      );
    }
  });

  test("with any one bit of it flipped", () => {
    for (let at = 0; at < pixelsEnd; at++) {
      const damaged = bytes.slice();
      damaged[at]! ^= 1 << (at & 7);
      expect(outcome(decoder, damaged), `byte ${at}`).not.toBe("decoded");
    }
  });

  test("and never harms the next, whatever its bytes", () => {
    const { bytes: good, expected } = writePng({ width: 9, height: 9, colourType: 3, bitDepth: 4 });
    const sources = everyLayout.map(
      (layout) => writePng({ width: 24, height: 18, ...layout }).bytes,
    );
    const mutation = fc.record({
      source: fc.constantFrom(...sources),
      edits: fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 }),
      shrink: fc.integer({ min: 1, max: 16 }),
    });
    fc.assert(
      fc.property(mutation, ({ source, edits, shrink }) => {
        const damaged = source.slice();
        // Behind the signature and the sides: those are another test's.
        for (const [at, value] of edits) damaged[24 + (at % (source.length - 24))] = value;
        const result = decode(decoder, mendCrcs(damaged), { shrink });
        expect(result.ok ? null : result.error.reason).not.toBe("render_crashed");
        expect(decoded(decoder, good).rgba).toEqual(expected);
      }),
      { numRuns: 2000 },
    );
  });
});
