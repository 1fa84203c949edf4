import { err, ok, type Result } from "../../result.ts";
import { latin1At, viewOf } from "../bytes.ts";
import { corrupt, more, type NoAnswer } from "../probe-answer.ts";
import { boxesOf, childrenOf, extentOf, fullBoxBytes, type Box } from "./boxes.ts";

/**
 * What the `meta` box of an image file says of its items (ISO/IEC 23008-12 §6): pictures, tiles, alpha
 * planes. The walk is flat (file, meta, iprp, ipco), so its depth is bounded by this text and not by the
 * file.
 */
export interface HeifItems {
  /** The boxes in `meta`. */
  readonly described: readonly Box[];
  /** The number of the picture to show; 0, which no item has, where the file is too short to say. */
  readonly primary: number;
  /** How an item is coded or made of others, such as `av01` or `grid`; undefined where the file does not say. */
  readonly typeOf: (item: number) => string | undefined;
  /** The properties of all items. */
  readonly properties: readonly Box[];
  /** An item's own properties, in order. */
  readonly propertiesOf: (item: number) => readonly Box[];
}

/**
 * `more`: the bytes end before the box does. `title` names the format in a refusal. Boxes that do not fit into each
 * other are refused, as libavif and libheif do.
 */
export function readItems(head: Uint8Array, title: string): Result<HeifItems, NoAnswer> {
  const meta = findMeta(head, title);
  if (!meta.ok) return meta;
  const described = boxesOf(meta.value.subarray(fullBoxBytes));
  if (!described) return err(notNested(title));
  const isKnown = [{ type: "meta", payload: meta.value }, ...described].every(hasKnownVersion);
  if (!isKnown) return err(corrupt(`The ${title} is described in a version that is not known`));
  const primary = described.find(({ type }) => type === "pitm");
  const itemProperties = described.find(({ type }) => type === "iprp");
  if (!primary || !itemProperties) return err(corrupt(`The ${title} describes no picture`));
  const inside = boxesOf(itemProperties.payload);
  const properties = boxesOf(inside?.find(({ type }) => type === "ipco")?.payload ?? noBytes);
  if (!inside || !properties) return err(notNested(title));
  const indexes = new Map<number, number[]>();
  const areWhole = inside
    .filter(({ type }) => type === "ipma")
    .every(({ payload }) => readAssociations(payload, indexes));
  if (!areWhole) return err(corrupt(`The ${title} ends among the properties of its items`));
  const types = readTypes(described.find(({ type }) => type === "iinf")?.payload ?? noBytes);
  if (!types) return err(corrupt(`The ${title} ends among its items`));
  return ok({
    described,
    primary: primaryItem(primary.payload),
    typeOf: (item) => types.get(item),
    properties,
    propertiesOf: (item) =>
      (indexes.get(item) ?? []).flatMap((index) => properties[index - 1] ?? []),
  });
}

/** The newest version of each (14496-12 §8.4.3, §8.11). libavif and libheif read no other. */
const versionsMax = new Map([
  ["meta", 0],
  ["hdlr", 0],
  ["iinf", 1],
  ["iloc", 2],
  ["iref", 1],
]);

const hasKnownVersion = ({ type, payload }: Pick<Box, "type" | "payload">): boolean =>
  (payload[0] ?? 0) <= (versionsMax.get(type) ?? Infinity);

const noBytes = new Uint8Array();

const notNested = (title: string) =>
  corrupt(`The boxes of the ${title} do not fit into each other`);

/**
 * By the entries of `iinf` (14496-12 §8.11.6): versions before 2 say no type. Undefined where it ends before the
 * entries it announces.
 */
function readTypes(list: Uint8Array): ReadonlyMap<number, string> | undefined {
  const types = new Map<number, string>();
  const countBytes = list[0] === 0 ? 2 : 4;
  const start = fullBoxBytes + countBytes;
  if (list.length < start) return types;
  const count = countBytes === 2 ? viewOf(list).getUint16(4) : viewOf(list).getUint32(4);
  const entries = childrenOf(list.subarray(start));
  if (entries.length < count) return undefined;
  for (const { type, payload } of entries.slice(0, count)) {
    const version = payload[0] ?? 0;
    const typeAt = fullBoxBytes + (version === 2 ? 2 : 4) + 2;
    if (type !== "infe" || version < 2 || payload.length < typeAt + 4) continue;
    const view = viewOf(payload);
    const item = version === 2 ? view.getUint16(fullBoxBytes) : view.getUint32(fullBoxBytes);
    if (!types.has(item)) types.set(item, latin1At(payload, typeAt, 4));
  }
  return types;
}

/** The top-level `meta` box's payload, once it is there as a whole. */
function findMeta(head: Uint8Array, title: string): Result<Uint8Array, NoAnswer> {
  const view = viewOf(head);
  for (let offset = 0; ;) {
    const box = extentOf(view, offset);
    if (!box) return err(more);
    if (box.end < box.start)
      return err(corrupt(`A box of the ${title} is shorter than its header`));
    if (latin1At(head, offset + 4, 4) === "meta") {
      return box.end <= head.length ? ok(head.subarray(box.start, box.end)) : err(more);
    }
    offset = box.end;
  }
}

function primaryItem(payload: Uint8Array): number {
  const isWide = payload[0] !== 0;
  if (payload.length < fullBoxBytes + (isWide ? 4 : 2)) return 0;
  const view = viewOf(payload);
  return isWide ? view.getUint32(fullBoxBytes) : view.getUint16(fullBoxBytes);
}

/**
 * From an `ipma` box: which properties belong to each item, counted from 1 (23008-12 §9.3). False where it ends before
 * the entries it announces.
 */
function readAssociations(payload: Uint8Array, into: Map<number, number[]>): boolean {
  const view = viewOf(payload);
  const idBytes = payload[0] === 0 ? 2 : 4;
  const indexBytes = (payload[3] ?? 0) & 1 ? 2 : 1;
  let at = fullBoxBytes + 4;
  // What is announced may be anything; the bytes that are there bound the loop.
  if (at > payload.length) return false;
  for (let entries = view.getUint32(fullBoxBytes); entries > 0; entries--) {
    if (at + idBytes + 1 > payload.length) return false;
    const item = idBytes === 2 ? view.getUint16(at) : view.getUint32(at);
    const count = view.getUint8(at + idBytes);
    const start = at + idBytes + 1;
    at = start + count * indexBytes;
    if (at > payload.length) return false;
    // The top bit says whether the property is essential; the rest is its index.
    const indexes = Array.from({ length: count }, (_, index) =>
      indexBytes === 2
        ? view.getUint16(start + 2 * index) & 0x7fff
        : view.getUint8(start + index) & 0x7f,
    );
    if (!into.has(item)) into.set(item, indexes);
  }
  return true;
}
