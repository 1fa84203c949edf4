import type { Grid } from "../../../core/image/avif/grid.ts";
import { concatenate } from "../../../core/image/bytes.ts";
import type { Size } from "../../../core/image/size.ts";
import { latin1, makeBox, makeFullBox, u16, u32, u8 } from "./box-writer.ts";
import type { CodedTile } from "./tile-file.ts";

/**
 * An AVIF whose picture is a grid of coded tiles, row by row (ISO/IEC 23008-12 §6.6.2.3), each with its alpha
 * plane or none of them.
 */
export function writeGridFile(
  { columns, rows, tile }: Grid,
  picture: Size,
  tiles: readonly CodedTile[],
  icc: Uint8Array | undefined,
): Uint8Array {
  const [first] = tiles;
  if (!first) throw new Error("a grid without tiles");
  const properties = propertiesOf(first, picture, tile, icc);
  const shape = concatenate([u8(0, 1, rows - 1, columns - 1), u32(picture.width, picture.height)]);
  const colour = layer(
    1,
    shape,
    tiles.map((each) => each.colour),
    properties.colour,
  );
  const alphas = tiles.flatMap(({ alpha }) => alpha?.data ?? []);
  const alpha =
    alphas.length > 0 ? layer(2 + tiles.length, shape, alphas, properties.alpha) : undefined;
  const layers = alpha ? [colour, alpha] : [colour];

  const head = makeBox("ftyp", latin1("avif"), u32(0), latin1("avifmif1miaf"));
  const meta = (offset: number) => writeMeta(layers, properties.boxes, offset);
  // The offsets do not change the length of what they stand in.
  const dataStart = head.length + meta(0).length + BOX_HEADER_BYTES;
  const data = layers.flatMap(([, ...coded]) => coded.map((item) => item.data));
  return concatenate([head, meta(dataStart), makeBox("mdat", ...data)]);
}

const BOX_HEADER_BYTES = 8;
/** In an association: a reader that does not know the property must not show the item. */
const ESSENTIAL = 0x80;

interface Item {
  readonly id: number;
  readonly isGrid: boolean;
  readonly data: Uint8Array;
  /** Indexes into the list of properties, from 1. */
  readonly properties: readonly number[];
}

interface LayerProperties {
  readonly grid: readonly number[];
  readonly tile: readonly number[];
}

/** A grid and the items that it is made of. */
type Layer = readonly [grid: Item, ...coded: Item[]];

function layer(
  id: number,
  shape: Uint8Array,
  tiles: readonly Uint8Array[],
  properties: LayerProperties,
): Layer {
  return [
    { id, isGrid: true, data: shape, properties: properties.grid },
    ...tiles.map((data, index) => ({
      id: id + 1 + index,
      isGrid: false,
      data,
      properties: properties.tile,
    })),
  ];
}

function propertiesOf(
  { configuration, colours, alpha }: CodedTile,
  picture: Size,
  tile: Size,
  icc: Uint8Array | undefined,
) {
  const boxes: Uint8Array[] = [];
  const add = (box: Uint8Array) => boxes.push(box);
  const gridSize = add(makeFullBox("ispe", 0, 0, u32(picture.width, picture.height)));
  const tileSize = add(makeFullBox("ispe", 0, 0, u32(tile.width, tile.height)));
  const coding = add(makeBox("av1C", configuration)) | ESSENTIAL;
  const depth = add(makeFullBox("pixi", 0, 0, u8(3, 8, 8, 8)));
  const colour = [
    ...(colours ? [add(makeBox("colr", colours))] : []),
    ...(icc ? [add(makeBox("colr", latin1("prof"), icc))] : []),
  ];
  const opaque = { grid: [], tile: [] };
  return {
    colour: { grid: [gridSize, depth, ...colour], tile: [tileSize, depth, coding, ...colour] },
    alpha: alpha ? addAlpha(alpha.configuration, add, gridSize, tileSize) : opaque,
    boxes,
  };
}

function addAlpha(
  configuration: Uint8Array,
  add: (box: Uint8Array) => number,
  gridSize: number,
  tileSize: number,
): LayerProperties {
  const coding = add(makeBox("av1C", configuration)) | ESSENTIAL;
  const depth = add(makeFullBox("pixi", 0, 0, u8(1, 8)));
  const kind = add(makeFullBox("auxC", 0, 0, latin1(`${ALPHA_KIND}\0`)));
  return { grid: [gridSize, depth, kind], tile: [tileSize, depth, coding, kind] };
}

const ALPHA_KIND = "urn:mpeg:mpegB:cicp:systems:auxiliary:alpha";

/** ISO/IEC 23008-12 §6.2: which items there are, where they lie, what they refer to and what they are like. */
function writeMeta(
  layers: readonly Layer[],
  properties: readonly Uint8Array[],
  dataStart: number,
): Uint8Array {
  const items = layers.flat();
  return makeFullBox(
    "meta",
    0,
    0,
    makeFullBox("hdlr", 0, 0, u32(0), latin1("pict"), u32(0, 0, 0), u8(0)),
    makeFullBox("pitm", 0, 0, u16(1)),
    writeLocations(items, dataStart),
    makeFullBox("iinf", 0, 0, u16(items.length), ...items.map(writeEntry)),
    makeFullBox("iref", 0, 0, ...writeReferences(layers)),
    makeBox("iprp", makeBox("ipco", ...properties), writeAssociations(items)),
    makeBox("idat", ...layers.map(([{ data }]) => data)),
  );
}

/** `iloc` (14496-12 §8.11.3): grids in `idat`, tiles in `mdat`, each kind in its order. */
function writeLocations(items: readonly Item[], dataStart: number): Uint8Array {
  const ends = { idat: 0, mdat: dataStart };
  const entries = items.map(({ id, isGrid, data }) => {
    const container = isGrid ? "idat" : "mdat";
    const start = ends[container];
    ends[container] += data.length;
    return concatenate([u16(id, isGrid ? 1 : 0, 0, 1), u32(start, data.length)]);
  });
  const sizes = 0x4400; // 32-bit offsets and lengths, no base, no index
  return makeFullBox("iloc", 1, 0, u16(sizes, items.length), ...entries);
}

function writeEntry({ id, isGrid }: Item): Uint8Array {
  const isHidden = id === 1 ? 0 : 1;
  return makeFullBox("infe", 2, isHidden, u16(id, 0), latin1(`${isGrid ? "grid" : "av01"}\0`));
}

/** The second layer is the first one's alpha. */
function writeReferences(layers: readonly Layer[]): Uint8Array[] {
  const [, alpha] = layers;
  return [
    ...layers.map(([{ id }, ...coded]) =>
      reference(
        "dimg",
        id,
        coded.map((item) => item.id),
      ),
    ),
    ...(alpha ? [reference("auxl", alpha[0].id, [1])] : []),
  ];
}

const reference = (type: string, from: number, to: readonly number[]): Uint8Array =>
  makeBox(type, u16(from, to.length, ...to));

function writeAssociations(items: readonly Item[]): Uint8Array {
  const entries = items.map(({ id, properties }) =>
    concatenate([u16(id), u8(properties.length, ...properties)]),
  );
  return makeFullBox("ipma", 0, 0, u32(items.length), ...entries);
}
