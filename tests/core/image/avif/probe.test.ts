import { describe, expect, test } from "vitest";
import { probe } from "../../../../core/image/probe.ts";
import { av1C, avif, box, ispe } from "../made-headers.ts";

describe("AVIF orientation", () => {
  const transforms = (quarters: number, mirror?: number) => [
    ...(quarters ? [box("irot", quarters)] : []),
    ...(mirror === undefined ? [] : [box("imir", mirror)]),
  ];

  // Anticlockwise quarter turns first, then the mirror: 0 swaps top and bottom, 1 left and right.
  test.each([
    [0, undefined, 1],
    [1, undefined, 8],
    [2, undefined, 3],
    [3, undefined, 6],
    [0, 0, 4],
    [1, 0, 5],
    [2, 0, 2],
    [3, 0, 7],
    [0, 1, 2],
    [1, 1, 7],
    [2, 1, 4],
    [3, 1, 5],
  ] as const)("irot %i and imir %s are EXIF %i", (quarters, mirror, orientation) => {
    const answer = probe(avif([ispe(24, 16), av1C, ...transforms(quarters, mirror)]), true);
    expect(answer).toMatchObject({ info: { width: 24, height: 16, orientation } });
  });
});
