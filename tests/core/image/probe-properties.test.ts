import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formats, sourceFormats, type SourceFormat } from "../../../core/image/formats.ts";
import type { HeaderAnswer } from "../../../core/image/probe-answer.ts";
import { probe, type Probe } from "../../../core/image/probe.ts";
import { limits } from "../../../core/limits.ts";
import { encodePictures } from "./encoded-pictures.ts";
import { bytes, ftyp, u32 } from "./made-headers.ts";

const pictures = Object.values(await encodePictures());

/** An encoder's picture with some bytes overwritten and the rest moved by bytes put in or taken out. */
const mutated = fc
  .tuple(
    fc.constantFrom(...pictures),
    fc.array(fc.tuple(fc.nat(), fc.constantFrom(0, 1, 2, 0x7f, 0x80, 0xfe, 0xff)), {
      maxLength: 6,
    }),
    fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 6 }),
    fc.tuple(fc.nat(), fc.nat({ max: 9 }), fc.uint8Array({ maxLength: 9 })),
  )
  .map(([picture, extremes, others, [at, removed, inserted]]) => {
    const copy = picture.slice();
    for (const [offset, byte] of [...extremes, ...others]) copy[offset % copy.length] = byte;
    const cut = at % copy.length;
    return bytes(copy.subarray(0, cut), inserted, copy.subarray(cut + removed));
  });

const signatures = [
  bytes(),
  bytes(0xff, 0xd8, 0xff),
  bytes("\x89PNG\r\n\x1a\n"),
  bytes("GIF89a"),
  bytes("RIFF", u32(0xffff), "WEBP"),
  ftyp("avif"),
];

/** Random bytes behind each signature, so that every reader meets them. */
const random = fc
  .tuple(fc.constantFrom(...signatures), fc.uint8Array({ maxLength: 700, size: "max" }))
  .map(([signature, tail]) => bytes(signature, tail));

const anything = fc.oneof({ weight: 3, arbitrary: mutated }, { weight: 1, arbitrary: random });

/** The answer without the two fields that more bytes may complete. */
function settled(answer: Probe): unknown {
  if (answer.kind !== "image") return answer;
  const { frames, orientation, ...rest } = answer.info;
  if (rest.format === "gif") return { ...rest, orientation };
  if (rest.format === "webp") return rest;
  return { ...rest, frames, orientation };
}

const named = (format: SourceFormat, answer: HeaderAnswer): Probe =>
  answer.kind === "image" ? { kind: "image", info: { format, ...answer.info } } : answer;

describe("probe, whatever the bytes", () => {
  test("always decides on a whole file, never throws, and lets nothing over the limits through", () => {
    fc.assert(
      fc.property(anything, (source) => {
        const answer = probe(source, true);
        expect(answer.kind).not.toBe("more");
        if (answer.kind !== "image") return;
        const { width, height } = answer.info;
        expect(Math.min(width, height)).toBeGreaterThan(0);
        expect(Math.max(width, height)).toBeLessThanOrEqual(limits.sourceSideMax);
        expect(width * height).toBeLessThanOrEqual(limits.sourcePixelsMax);
      }),
      { numRuns: 3000 },
    );
  });

  test.each(sourceFormats)(
    "the reader of %s headers never contradicts itself as bytes arrive",
    (format) => {
      const read = formats[format].source.probe;
      fc.assert(
        fc.property(anything, fc.nat({ max: 40 }), (source, step) => {
          let earlier: HeaderAnswer = { kind: "more" };
          for (let length = 0; length <= source.length; length += 1 + step) {
            const prefix = source.subarray(0, length);
            const answer = read(prefix, prefix);
            const expected = earlier.kind === "more" ? answer : earlier;
            expect(settled(named(format, answer))).toEqual(settled(named(format, expected)));
            earlier = answer;
          }
        }),
        { numRuns: 300 },
      );
    },
  );

  test("says the same of a prefix as of the whole once it has said something", () => {
    fc.assert(
      fc.property(anything, fc.nat(), (source, cut) => {
        const early = probe(source.subarray(0, cut % (source.length + 1)), false);
        fc.pre(early.kind !== "more");
        expect(settled(probe(source, true))).toEqual(settled(early));
      }),
      { numRuns: 2000 },
    );
  });

  test("leaves the bytes it was given as they were", () => {
    fc.assert(
      fc.property(anything, (source) => {
        const before = source.slice();
        probe(source, true);
        expect(source).toEqual(before);
      }),
    );
  });
});
