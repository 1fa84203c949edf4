import { describe, expect, test } from "vitest";
import { fillTiles, fillWhole } from "../../../../engine/codecs/avif/pixels.ts";
import { load, newWorkspace } from "../../pixels/fixtures.ts";

/** Each pixel is its column, its row and 50. */
const pixelAt = (x: number, y: number, alpha = 255) => [x, y, 50, alpha];
function picture(
  width: number,
  height: number,
  alphaAt = (_x: number, _y: number) => 255,
  opaque = false,
) {
  const workspace = newWorkspace();
  let inUse = 0;
  const allocated: number[] = [];
  const watched = {
    ...workspace,
    allocate: (bytes: number) => (inUse++, allocated.push(bytes), workspace.allocate(bytes)),
    free: (pointer: number) => (inUse--, workspace.free(pointer)),
  };
  const rgba = Uint8Array.from(
    Array.from({ length: width * height }, (_, at) => {
      const [x, y] = [at % width, Math.floor(at / width)];
      return pixelAt(x, y, alphaAt(x, y));
    }).flat(),
  );
  const bitmap = load(workspace, rgba, width, height, opaque);
  return { picture: { workspace: watched, bitmap }, inUse: () => inUse, allocated };
}
const grid = { columns: 2, rows: 2, tile: { width: 4, height: 3 }, halvesChroma: false };

/** The tiles' pixels, each filled before the next is asked for. */
function tilesOf(own: ReturnType<typeof picture>["picture"], shape = grid): Uint8Array[] {
  const tiles: Uint8Array[] = [];
  for (const fill of fillTiles(own, shape)) {
    const rgba = new Uint8Array(4 * shape.tile.width * shape.tile.height);
    fill(rgba);
    tiles.push(rgba);
  }
  return tiles;
}

describe("tiles are cut out of a picture", () => {
  test("row by row; what lies beyond it repeats its edge", () => {
    const tiles = tilesOf(picture(7, 5).picture);
    const expected = [
      [0, 0],
      [4, 0],
      [0, 3],
      [4, 3],
    ].map(([left = 0, top = 0]) =>
      Array.from({ length: 12 }, (_, at) =>
        pixelAt(Math.min(left + (at % 4), 6), Math.min(top + Math.floor(at / 4), 4)),
      ).flat(),
    );
    expect(tiles.map((tile) => [...tile])).toEqual(expected);
  });

  test("each with a pixel that is not opaque, where the picture has one", () => {
    const seen = (own: ReturnType<typeof picture>) =>
      tilesOf(own.picture).map(
        (tile) => tile.filter((value, at) => at % 4 === 3 && value !== 255).length,
      );
    expect(seen(picture(8, 6))).toEqual([0, 0, 0, 0]);
    expect(seen(picture(8, 6, (x, y) => (x === 7 && y >= 4 ? 9 : 255)))).toEqual([1, 1, 1, 2]);
    expect(seen(picture(8, 6, (x, y) => (x === 0 && y === 0 ? 9 : 255)))).toEqual([1, 1, 1, 1]);
    // What is called opaque is not looked at.
    expect(seen(picture(8, 6, (x, y) => (x === 7 && y === 5 ? 9 : 255), true))).toEqual([
      0, 0, 0, 1,
    ]);
    const [first] = tilesOf(picture(8, 6, (x) => (x === 7 ? 9 : 255)).picture);
    expect([...(first ?? [])].slice(0, 8)).toEqual([...pixelAt(0, 0, 254), ...pixelAt(1, 0)]);
  });
});

describe("colours are widened where chroma is halved", () => {
  /** As the kernel widens them. */
  const widened = (own: ReturnType<typeof picture>["picture"], count: number) => {
    const { workspace, bitmap } = own;
    const out = workspace.allocate(4 * count);
    workspace.kernels.widenColours(bitmap.pointer, count, out);
    return new Uint8Array(workspace.memory.buffer).slice(out, out + 4 * count);
  };

  test("of a whole picture, however large", () => {
    for (const [width, height] of [
      [8, 2],
      [4096, 1],
      [4096, 2],
      [100, 83],
    ] as const) {
      const { picture: own, inUse, allocated } = picture(width, height);
      const rgba = new Uint8Array(4 * width * height);
      fillWhole(own)(rgba);
      expect(inUse()).toBe(0);
      // A strip at a time.
      expect(allocated).toEqual([4 * 4096]);
      expect(Buffer.compare(rgba, widened(own, width * height))).toBe(0);
    }
  });

  test("of tiles, whose memory is given back at the end", () => {
    const { picture: own, inUse } = picture(8, 6);
    const tiles = tilesOf(own, { ...grid, halvesChroma: true });
    expect(inUse()).toBe(0);
    const whole = widened(own, 48);
    expect(tiles[0]?.subarray(0, 16)).toEqual(whole.subarray(0, 16));
    expect(tiles[3]?.subarray(0, 16)).toEqual(whole.subarray(4 * 28, 4 * 32));
    expect(whole).not.toEqual(tilesOf(own)[0]);
  });
});
