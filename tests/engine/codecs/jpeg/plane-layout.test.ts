import { describe, expect, test } from "vitest";
import { layOutPlanes, type PlaneLayout } from "../../../../engine/codecs/jpeg/plane-layout.ts";
import {
  codesTableBytes,
  lookupTableBytes,
  skipTableBytes,
} from "../../../../engine/codecs/jpeg/lookup.ts";
import { lowestOf, patternBytes, positionsOf } from "../../../../engine/codecs/jpeg/patterns.ts";
import type { Frame } from "../../../../engine/codecs/jpeg/syntax/header.ts";
import { scanBytes } from "../../../../engine/codecs/jpeg/syntax/scan.ts";
import type { PlaneRequest } from "../../../../engine/codecs/codec.ts";

interface Asked extends Partial<PlaneRequest> {
  readonly sampling?: readonly (readonly [number, number])[];
  readonly width?: number;
  readonly height?: number;
  readonly coding?: Frame["coding"];
  readonly shrink?: number;
}

const halved = [
  [2, 2],
  [1, 1],
  [1, 1],
] as const;

function layOut(asked: Asked = {}): PlaneLayout | undefined {
  const { sampling = halved, width = 203, height = 117, coding = "sequential", shrink = 1 } = asked;
  const components = sampling.map(([h, v], id) => ({ id, h, v, table: 0 }));
  const { ratio = shrink, chromaRatio = shrink, rowsAtOnce = Infinity } = asked;
  const window = asked.window ?? { x: 0, y: 0, width, height };
  const request = { ratio, chromaRatio, rowsAtOnce, window };
  return layOutPlanes({ coding, width, height, components }, shrink, request);
}

function laidOut(asked: Asked = {}): PlaneLayout {
  const layout = layOut(asked);
  if (!layout) throw new Error("not laid out");
  return layout;
}
const sidesOf = (asked: Asked) => laidOut(asked).components.map(({ side }) => side);

test("a picture has the MCUs that cover it, and its size is rounded up", () => {
  expect(laidOut({ shrink: 4 })).toMatchObject({
    ...{ mcusPerRow: 13, mcuRows: 8, blocksPerMcu: 6, size: { width: 51, height: 30 } },
  });
  expect(laidOut({ sampling: [[1, 1]], width: 8, height: 9 })).toMatchObject({
    ...{ mcusPerRow: 1, mcuRows: 2, blocksPerMcu: 1, size: { width: 8, height: 9 } },
  });
});

test("components whose samples do not lie evenly among those of the densest are not laid out", () => {
  const withRed = (h: number, v: number) =>
    layOut({
      sampling: [
        [1, 1],
        [h, v],
        [3, 4],
      ],
    });
  expect(withRed(1, 1)).toBeDefined();
  expect(withRed(3, 2)).toBeDefined();
  expect(withRed(2, 1)).toBeUndefined();
  expect(withRed(1, 3)).toBeUndefined();
});

describe("a component's plane", () => {
  test("covers its share of the picture, in parts of samples too", () => {
    const [luma, , red] = laidOut({ chromaRatio: 2 }).components;
    expect(luma).toMatchObject({ side: 8, width: 203, height: 117, extentX: 203, extentY: 117 });
    expect(red).toMatchObject({ side: 8, width: 102, height: 59, extentX: 101.5, extentY: 58.5 });
    const [half] = laidOut({ sampling: [[1, 1]], shrink: 2 }).components;
    expect(half).toMatchObject({ side: 4, width: 102, height: 59, extentX: 101.5, extentY: 58.5 });
    const [, narrow] = laidOut({
      sampling: [
        [4, 1],
        [1, 1],
        [1, 1],
      ],
    }).components;
    expect(narrow).toMatchObject({ h: 1, v: 1, extentX: 203 / 4, extentY: 117, width: 51 });
  });

  test("is a ring of the rows that a filter wants at once, and two MCUs at least", () => {
    const rings = (asked: Asked) => laidOut(asked).components.map(({ ringRows }) => ringRows);
    expect(rings({})).toEqual([128, 64, 64]);
    // 12 rows that a filter wants, and a row of MCUs more than they fill.
    expect(rings({ rowsAtOnce: 0 })).toEqual([32, 24, 24]);
    expect(rings({ rowsAtOnce: 20 })).toEqual([48, 32, 32]);
    expect(rings({ rowsAtOnce: 21 })).toEqual([64, 32, 32]);
    expect(rings({ rowsAtOnce: 20, shrink: 8, chromaRatio: 8 })).toEqual([16, 16, 16]);
    const [luma, blue] = laidOut({ shrink: 2, chromaRatio: 4 }).components;
    expect([luma?.rowsPerMcu, blue?.rowsPerMcu]).toEqual([8, 4]);
  });

  test("has rows of whole MCUs, and behind them room for a kernel's vector", () => {
    const [luma, blue] = laidOut().components;
    expect([luma?.stride, blue?.stride]).toEqual([
      13 * 16 + 32,
      Math.ceil((13 * 8) / 16) * 16 + 32,
    ]);
  });
});

describe("luma is decoded", () => {
  test("at the scale that was asked for", () => {
    expect([1, 2, 4, 8].map((shrink) => sidesOf({ shrink })[0])).toEqual([8, 4, 2, 1]);
  });

  test("at a larger one where chroma lies more densely, as far as there is one", () => {
    const sampling = [
      [1, 1],
      [2, 2],
      [2, 2],
    ] as const;
    expect([1, 2, 4, 8].map((shrink) => sidesOf({ sampling, shrink })[0])).toEqual([8, 8, 4, 2]);
  });

  test("at half, of eight coefficients a block, for a progressive picture just above a quarter", () => {
    const sharp = { coding: "progressive", shrink: 4, ratio: 4.9, rowsAtOnce: 100 } as const;
    const luma = (asked: Asked) => laidOut({ ...sharp, ...asked }).components[0];
    expect(luma({})).toMatchObject({ side: 4, positions: lowestOf(4) });
    const others: Asked[] = [
      { coding: "sequential" },
      { ratio: 5 },
      { rowsAtOnce: Infinity },
      {
        sampling: [
          [1, 1],
          [2, 1],
          [1, 1],
        ],
      },
      {
        sampling: [
          [1, 1],
          [1, 2],
          [1, 1],
        ],
      },
      {
        sampling: [
          [2, 1],
          [1, 1],
          [1, 2],
        ],
      },
    ];
    for (const other of others)
      expect(luma(other)?.positions, JSON.stringify(other)).not.toEqual(lowestOf(4));
    expect(luma({ shrink: 8 })).toMatchObject({ side: 1, positions: [0] });
    expect(laidOut(sharp).components[1]?.positions).toEqual(positionsOf(4));
    expect(
      luma({
        sampling: [
          [1, 1],
          [1, 1],
          [1, 1],
        ],
      })?.side,
    ).toBe(4);
  });
});

describe("chroma is decoded at the smallest scale that leaves as many samples as are wanted", () => {
  const chroma = (asked: Asked) => sidesOf(asked)[1];

  test("at full size", () => {
    const ratios = [1, 2, 2.1, 4, 4.1, 8, 16];
    expect(ratios.map((chromaRatio) => chroma({ chromaRatio }))).toEqual([8, 8, 8, 4, 4, 2, 1]);
    expect(
      chroma({
        chromaRatio: 1.5,
        sampling: [
          [1, 1],
          [1, 1],
          [1, 1],
        ],
      }),
    ).toBe(8);
    expect(
      chroma({
        chromaRatio: 2,
        sampling: [
          [1, 1],
          [1, 1],
          [1, 1],
        ],
      }),
    ).toBe(4);
    // By the denser of its axes there are as many as of luma.
    for (const [luma, own] of [
      [
        [2, 1],
        [1, 1],
      ],
      [
        [1, 2],
        [1, 1],
      ],
      [
        [2, 2],
        [2, 1],
      ],
      [
        [2, 2],
        [1, 2],
      ],
    ] as const)
      expect(chroma({ chromaRatio: 2, sampling: [luma, own, own] })).toBe(4);
    // A ratio that is less by rounding alone wants no more.
    expect(chroma({ chromaRatio: 4 - 1e-12 })).toBe(4);
    expect(chroma({ chromaRatio: 4 - 1e-6 })).toBe(8);
  });

  test("below it at luma's scale at least", () => {
    const ratios = [2, 4, 8, 16];
    expect(ratios.map((chromaRatio) => chroma({ chromaRatio, shrink: 2 }))).toEqual([8, 4, 4, 4]);
    expect(ratios.map((chromaRatio) => chroma({ chromaRatio, shrink: 4 }))).toEqual([8, 4, 2, 2]);
  });
});

test("only the MCUs under the window become samples", () => {
  const shown = (x: number, y: number, width: number, height: number) =>
    laidOut({
      sampling: [
        [2, 1],
        [1, 1],
        [1, 1],
      ],
      window: { x, y, width, height },
    }).shown;
  expect(shown(16, 8, 16, 8)).toEqual({ columns: { from: 1, end: 2 }, rows: { from: 1, end: 2 } });
  expect(shown(15, 7, 18, 10)).toEqual({ columns: { from: 0, end: 3 }, rows: { from: 0, end: 3 } });
  expect(shown(-5, -9, 500, 500)).toEqual({
    ...{ columns: { from: 0, end: 13 }, rows: { from: 0, end: 15 } },
  });
  const square = laidOut({ window: { x: 16, y: 32, width: 16, height: 16 } }).shown;
  expect(square).toEqual({ columns: { from: 1, end: 2 }, rows: { from: 2, end: 3 } });
  expect(shown(0, 0, 0, 0)).toEqual({ columns: { from: 0, end: 0 }, rows: { from: 0, end: 0 } });
});

test("the memory has room for each part", () => {
  const layout = laidOut({ rowsAtOnce: 30, shrink: 2, width: 1000 });
  let end = 0;
  const expectPart = (at: number, bytes: number): void => {
    expect(at).toBe(Math.ceil(end / 16) * 16);
    end = at + bytes;
  };
  for (const own of layout.components) {
    // Kernels read and write up to a vector beyond the last row.
    expectPart(own.samples, own.stride * own.ringRows + 32);
    expectPart(own.lookups, 2 * lookupTableBytes + skipTableBytes);
    expectPart(own.patterns, patternBytes(own.side));
  }
  expectPart(layout.scan, scanBytes);
  expectPart(layout.plan, layout.blocksPerMcu * 32);
  expectPart(layout.codes, codesTableBytes);
  expect(layout.bytes).toBe(Math.ceil(end / 16) * 16);
});
