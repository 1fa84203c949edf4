import { concatenate, viewOf } from "../../../core/image/bytes.ts";
import { boxesOf, type Box } from "../../../core/image/heif/boxes.ts";
import { latin1, makeBox } from "./box-writer.ts";

/**
 * The same picture with a colour profile in its container: one more property (`colr`, ISO/IEC 14496-12
 * §12.1.5) of the primary item. Takes what libavif writes for a still picture, and throws where a file is
 * laid out otherwise.
 */
export function withAvifIcc(file: Uint8Array, icc: Uint8Array): Uint8Array {
  const boxes = childrenOf(file);
  // Then every offset into the pixels grows by as much as `meta` does.
  expect(boxes.map(({ type }) => type).join() === "ftyp,meta,mdat", "the order of boxes");
  const property = makeBox("colr", latin1("prof"), icc);
  const whole = rewrite(boxes, { meta: (data) => describe(data, property) });
  expect(whole.length === file.length + property.length + INDEX_BYTES, "long box headers");
  return whole;
}

/** Version and flags of boxes that have them. */
const FULL_BOX_BYTES = 4;
/** An index has seven bits next to the one that calls a property essential, which a profile is not. */
const INDEX_BYTES = 1;
const INDEX_MAX = 127;
/** Sizes in `iloc`: 32-bit offsets and lengths, no base. */
const LOCATION_SIZES = 0x4400;

function describe(meta: Uint8Array, property: Uint8Array): Uint8Array {
  const boxes = childrenOf(meta.subarray(FULL_BOX_BYTES));
  const primary = boxes.find(({ type }) => type === "pitm")?.payload;
  expect(primary?.[0] === 0 && primary.length === FULL_BOX_BYTES + 2, "pitm");
  const item = viewOf(primary).getUint16(FULL_BOX_BYTES);
  const described = rewrite(boxes, {
    iloc: (data) => moveExtents(data, property.length + INDEX_BYTES),
    iprp: (data) => addProperty(data, property, item),
  });
  return concatenate([meta.subarray(0, FULL_BOX_BYTES), described]);
}

function addProperty(iprp: Uint8Array, property: Uint8Array, item: number): Uint8Array {
  const boxes = childrenOf(iprp);
  const container = boxes.find(({ type }) => type === "ipco")?.payload;
  expect(container !== undefined, "ipco");
  const index = childrenOf(container).length + 1;
  expect(index <= INDEX_MAX, "properties");
  return rewrite(boxes, {
    ipco: (data) => concatenate([data, property]),
    ipma: (data) => associate(data, item, index),
  });
}

/** Adds an index to an item's list in `ipma` (ISO/IEC 23008-12 §9.3). */
function associate(data: Uint8Array, item: number, index: number): Uint8Array {
  expect(data[0] === 0 && data[3] === 0, "ipma");
  const view = viewOf(data);
  let at = FULL_BOX_BYTES + 4;
  for (let left = view.getUint32(FULL_BOX_BYTES); left > 0; left--) {
    const length = view.getUint8(at + 2);
    const end = at + 3 + length;
    if (view.getUint16(at) === item) {
      return concatenate([
        data.subarray(0, at + 2),
        Uint8Array.of(length + 1),
        data.subarray(at + 3, end),
        Uint8Array.of(index),
        data.subarray(end),
      ]);
    }
    at = end;
  }
  throw unexpected("nothing said of the primary item");
}

/** Adds to every offset in `iloc` (14496-12 §8.11.3), which count from the file's start. */
function moveExtents(data: Uint8Array, by: number): Uint8Array {
  const moved = data.slice();
  const view = viewOf(moved);
  expect(view.getUint32(0) === 0 && view.getUint16(FULL_BOX_BYTES) === LOCATION_SIZES, "iloc");
  let at = FULL_BOX_BYTES + 4;
  for (let items = view.getUint16(FULL_BOX_BYTES + 2); items > 0; items--) {
    const extents = view.getUint16(at + 4);
    at += 6;
    for (let extent = 0; extent < extents; extent++) {
      view.setUint32(at, view.getUint32(at) + by);
      at += 8;
    }
  }
  return moved;
}

function childrenOf(data: Uint8Array): readonly Box[] {
  const boxes = boxesOf(data);
  expect(boxes !== undefined, "a box longer than what holds it");
  return boxes;
}

/** The boxes in their order, the named ones with other contents; each must be there once. */
function rewrite(
  boxes: readonly Box[],
  changes: Readonly<Record<string, (data: Uint8Array) => Uint8Array>>,
): Uint8Array {
  for (const name of Object.keys(changes)) {
    expect(boxes.filter(({ type }) => type === name).length === 1, name);
  }
  return concatenate(
    boxes.map(({ type, payload }) => makeBox(type, changes[type]?.(payload) ?? payload)),
  );
}

function expect(condition: boolean, what: string): asserts condition {
  if (!condition) throw unexpected(what);
}

function unexpected(what: string): Error {
  return new Error(`not an AVIF as the encoder writes it: ${what}`);
}
