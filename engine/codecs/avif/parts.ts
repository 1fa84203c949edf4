import { latin1At, viewOf } from "../../../core/image/bytes.ts";
import { childrenOf, fullBoxBytes, type Box } from "../../../core/image/heif/boxes.ts";
import { readItems } from "../../../core/image/heif/items.ts";
import { readSize } from "../../../core/image/heif/picture.ts";
import type { Refusal } from "../../../core/image/refusal.ts";
import type { Size } from "../../../core/image/size.ts";
import { err, ok, type Result } from "../../../core/result.ts";
import { ItemData } from "./item-data.ts";

/** The coded parts of a picture, row by row: one, or the tiles of a grid, all of one size. */
export interface CodedParts {
  readonly columns: number;
  readonly size: Size;
  readonly count: number;
  /** Undefined where a part's data is not in the file. */
  readonly dataOf: (index: number) => Uint8Array | undefined;
  /** What the container says of the colours, which counts more than what the data says. */
  readonly colour?: { readonly matrix: number; readonly fullRange: boolean };
}

/** Of the primary item; `picture` is its size. */
export function readParts(file: Uint8Array, picture: Size): Result<CodedParts, Refusal> {
  const items = readItems(file, "AVIF");
  if (!items.ok) return corrupt("its items cannot be read");
  const { primary, propertiesOf, typeOf, described } = items.value;
  const own = propertiesOf(primary);
  const data = new ItemData(file, described);
  const whole = data.of(primary);
  if (!whole) return err(missing);
  if (own.some(({ type }) => type === "av1C")) {
    return ok({ columns: 1, size: picture, count: 1, dataOf: () => whole, ...colourOf(own) });
  }
  const tiles = tilesOf(described, primary);
  const grid = readGrid(whole);
  const tileProperties = propertiesOf(tiles[0] ?? 0);
  const size = readSize(tileProperties);
  const areCoded = tiles.every((tile) => typeOf(tile) === "av01");
  if (!grid || !size || !areCoded || !isCovered(grid, size, picture, tiles.length)) {
    return corrupt("its grid does not fit its picture");
  }
  return ok({
    columns: grid.columns,
    size,
    count: tiles.length,
    dataOf: (index) => data.of(tiles[index] ?? 0),
    ...colourOf(tileProperties),
    ...colourOf(own),
  });
}

/** Of a part whose data are not in the file. */
export const missing: Refusal = {
  reason: "truncated_image",
  detail: "The file ends before the data of its picture",
};

const corrupt = (what: string) =>
  err<Refusal>({ reason: "corrupt_image", detail: `The AVIF is damaged: ${what}` });

/** From a `colr` property of type `nclx` (14496-12 §12.1.5). */
function colourOf(properties: readonly Box[]): Pick<CodedParts, "colour"> {
  const nclx = properties.find(
    ({ type, payload }) =>
      type === "colr" && latin1At(payload, 0, 4) === "nclx" && payload.length >= 11,
  );
  if (!nclx) return {};
  const view = viewOf(nclx.payload);
  return { colour: { matrix: view.getUint16(8), fullRange: view.getUint8(10) >= 0x80 } };
}

interface Grid extends Size {
  readonly rows: number;
  readonly columns: number;
}

/** A grid item's own data (ISO/IEC 23008-12 §6.6.2.3). */
function readGrid(data: Uint8Array): Grid | undefined {
  const isWide = ((data[1] ?? 0) & 1) === 1;
  if (data[0] !== 0 || data.length < (isWide ? 12 : 8)) return undefined;
  const view = viewOf(data);
  return {
    rows: view.getUint8(2) + 1,
    columns: view.getUint8(3) + 1,
    width: isWide ? view.getUint32(4) : view.getUint16(4),
    height: isWide ? view.getUint32(8) : view.getUint16(6),
  };
}

const TILE_SIDE_MIN = 64;

/** Tiles cover the picture, none lies outside, and their sides are even and not too small (ISO/IEC 23000-22 §7.3.11.4.2). */
function isCovered(grid: Grid, tile: Size, picture: Size, tiles: number): boolean {
  const { rows, columns, width, height } = grid;
  const covers = (count: number, side: number, whole: number) =>
    count * side >= whole && (count - 1) * side < whole;
  return (
    tiles === rows * columns &&
    Math.min(tile.width, tile.height) >= TILE_SIDE_MIN &&
    tile.width % 2 === 0 &&
    tile.height % 2 === 0 &&
    width === picture.width &&
    height === picture.height &&
    covers(columns, tile.width, width) &&
    covers(rows, tile.height, height)
  );
}

/** The items that a derived picture is made of: its `dimg` references (14496-12 §8.11.12). */
function tilesOf(described: readonly Box[], item: number): readonly number[] {
  const references = described.find(({ type }) => type === "iref")?.payload;
  if (!references) return [];
  const idBytes = references[0] === 0 ? 2 : 4;
  for (const { type, payload } of childrenOf(references.subarray(fullBoxBytes))) {
    if (type !== "dimg" || payload.length < idBytes + 2) continue;
    const view = viewOf(payload);
    const idAt = (at: number) => (idBytes === 2 ? view.getUint16(at) : view.getUint32(at));
    if (idAt(0) !== item) continue;
    const count = Math.min(
      view.getUint16(idBytes),
      Math.floor((payload.length - idBytes - 2) / idBytes),
    );
    return Array.from({ length: count }, (_, index) => idAt(idBytes + 2 + index * idBytes));
  }
  return [];
}
