import { err, ok, type Result } from "../../result.ts";
import { latin1At, viewOf } from "../bytes.ts";
import { corrupt, more, type NoAnswer } from "../probe-answer.ts";
import { childrenOf, extentOf, fullBoxBytes, type Box } from "./boxes.ts";

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
  /** The properties of all items. */
  readonly properties: readonly Box[];
  /** An item's own properties, in order. */
  readonly propertiesOf: (item: number) => readonly Box[];
}

/** `more`: the bytes end before the box does. `title` names the format in a refusal. */
export function readItems(head: Uint8Array, title: string): Result<HeifItems, NoAnswer> {
  const meta = findMeta(head, title);
  if (!meta.ok) return meta;
  const described = childrenOf(meta.value.subarray(fullBoxBytes));
  const primary = described.find(({ type }) => type === "pitm");
  const itemProperties = described.find(({ type }) => type === "iprp");
  if (!primary || !itemProperties) return err(corrupt(`The ${title} describes no picture`));
  const inside = childrenOf(itemProperties.payload);
  const properties = inside
    .filter(({ type }) => type === "ipco")
    .flatMap(({ payload }) => childrenOf(payload));
  const associations = inside.filter(({ type }) => type === "ipma");
  return ok({
    described,
    primary: primaryItem(primary.payload),
    properties,
    propertiesOf: (item) =>
      associations
        .flatMap(({ payload }) => propertyIndexes(payload, item))
        .flatMap((index) => properties[index - 1] ?? []),
  });
}

/** The top-level `meta` box's payload, once it is there as a whole. */
function findMeta(head: Uint8Array, title: string): Result<Uint8Array, NoAnswer> {
  const view = viewOf(head);
  for (let offset = 0; offset < head.length;) {
    const box = extentOf(view, offset);
    if (!box) return err(more);
    if (box.end < box.start)
      return err(corrupt(`A box of the ${title} is shorter than its header`));
    if (latin1At(head, offset + 4, 4) === "meta") {
      return box.end <= head.length ? ok(head.subarray(box.start, box.end)) : err(more);
    }
    offset = box.end;
  }
  return err(more);
}

function primaryItem(payload: Uint8Array): number {
  const isWide = payload[0] !== 0;
  if (payload.length < fullBoxBytes + (isWide ? 4 : 2)) return 0;
  const view = viewOf(payload);
  return isWide ? view.getUint32(fullBoxBytes) : view.getUint16(fullBoxBytes);
}

/** From an `ipma` box: which properties belong to the item, counted from 1 (23008-12 §9.3). */
function propertyIndexes(payload: Uint8Array, item: number): readonly number[] {
  const view = viewOf(payload);
  const idBytes = payload[0] === 0 ? 2 : 4;
  const indexBytes = (payload[3] ?? 0) & 1 ? 2 : 1;
  // The entry count before the first entry may claim anything; the bytes that are there decide.
  for (let offset = fullBoxBytes + 4; offset + idBytes + 1 <= payload.length;) {
    const id = idBytes === 2 ? view.getUint16(offset) : view.getUint32(offset);
    const count = view.getUint8(offset + idBytes);
    const start = offset + idBytes + 1;
    const end = start + count * indexBytes;
    if (end > payload.length) break;
    if (id === item) {
      // The top bit says whether the property is essential; the rest is its index.
      return Array.from({ length: count }, (_, index) =>
        indexBytes === 2
          ? view.getUint16(start + 2 * index) & 0x7fff
          : view.getUint8(start + index) & 0x7f,
      );
    }
    offset = end;
  }
  return [];
}
