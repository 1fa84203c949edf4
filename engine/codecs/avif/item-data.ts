import { concatenate, viewOf } from "../../../core/image/bytes.ts";
import { fullBoxBytes, type Box } from "../../../core/image/heif/boxes.ts";

/** Where the items of a file lie: `iloc` (ISO/IEC 14496-12 §8.11.3). */
export class ItemData {
  readonly #file: Uint8Array;
  readonly #inside: Uint8Array | undefined;
  readonly #locations: ReadonlyMap<number, Location>;

  /** `described`: the boxes in `meta`. */
  constructor(file: Uint8Array, described: readonly Box[]) {
    const payloadOf = (wanted: string) => described.find(({ type }) => type === wanted)?.payload;
    this.#file = file;
    this.#inside = payloadOf("idat");
    this.#locations = readLocations(payloadOf("iloc") ?? new Uint8Array());
  }

  /** The items that have data here, in the order of `iloc`. */
  get items(): readonly number[] {
    return [...this.#locations.keys()];
  }

  /**
   * The item's bytes, a view where they lie in one piece; undefined where they are not in this file, or are
   * more than there are in it.
   */
  of(item: number): Uint8Array | undefined {
    const location = this.#locations.get(item);
    const container = location?.method === IN_IDAT ? this.#inside : this.#file;
    if (!location || !container) return undefined;
    const parts: Uint8Array[] = [];
    let left = container.length;
    for (const { offset, length } of location.extents) {
      // No length means all that follows.
      const end = length === 0 ? container.length : offset + length;
      left -= end - offset;
      if (offset >= container.length || end > container.length || left < 0) return undefined;
      parts.push(container.subarray(offset, end));
    }
    return parts.length === 1 ? parts[0] : concatenate(parts);
  }
}

const IN_FILE = 0;
const IN_IDAT = 1;

interface Location {
  readonly method: number;
  readonly extents: readonly { readonly offset: number; readonly length: number }[];
}

/** Only of items whose data is in the file itself. */
function readLocations(payload: Uint8Array): ReadonlyMap<number, Location> {
  const locations = new Map<number, Location>();
  const fields = new Fields(payload);
  const version = payload[0] ?? 0;
  fields.skip(fullBoxBytes);
  const sizes = fields.read(2);
  const [offsetBytes, lengthBytes] = [(sizes >> 12) & 15, (sizes >> 8) & 15];
  const [baseBytes, indexBytes] = [(sizes >> 4) & 15, version === 0 ? 0 : sizes & 15];
  const extentBytes = indexBytes + offsetBytes + lengthBytes;
  const idBytes = version === 2 ? 4 : 2;
  for (let items = fields.read(idBytes); items > 0; items--) {
    const item = fields.read(idBytes);
    const method = version === 0 ? IN_FILE : fields.read(2) & 15;
    fields.skip(2); // data_reference_index: this file
    const base = fields.read(baseBytes);
    const count = fields.read(2);
    // Extents of no bytes could be any number of them.
    if (fields.left < Math.max(count, count * extentBytes)) break;
    const extents = Array.from({ length: count }, () => {
      fields.skip(indexBytes);
      return { offset: base + fields.read(offsetBytes), length: fields.read(lengthBytes) };
    });
    if (count > 0 && method <= IN_IDAT) locations.set(item, { method, extents });
  }
  return locations;
}

/** Numbers of 0 to 15 bytes, one after the other; zeros from the end on. */
class Fields {
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#view = viewOf(bytes);
  }

  get left(): number {
    return this.#view.byteLength - this.#at;
  }

  skip(bytes: number): void {
    this.#at += bytes;
  }

  read(bytes: number): number {
    let value = 0;
    for (let digit = 0; digit < bytes; digit++) {
      value = value * 256 + (this.left > 0 ? this.#view.getUint8(this.#at) : 0);
      this.#at++;
    }
    return value;
  }
}
