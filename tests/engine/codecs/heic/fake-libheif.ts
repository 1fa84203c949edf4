import type { Size } from "../../../../core/image/size.ts";
import type { HeicLibrary } from "../../../../engine/codecs/heic/libheif.ts";
import { onePage, startEmscripten } from "../emscripten-module.ts";

/** What the library answers, whatever file it is given. */
export interface FakePicture {
  readonly columns?: number;
  readonly rows?: number;
  readonly part?: Size;
  readonly size?: Size;
  readonly profile?: Uint8Array;
  /** Undefined where neither the container nor the data says. */
  readonly colours?: { readonly matrix: number; readonly fullRange: boolean };
  /** Of each decoded part; the part's own unless it is said. */
  readonly frame?: Size;
  /** A plane that is not there. */
  readonly missingPlane?: number;
  /** An error's code for the function of that name. */
  readonly errors?: Readonly<Record<string, number>>;
  /** Of its memory, when it starts, besides the first. */
  readonly pages?: number;
  /** Runs while a tile is decoded. */
  readonly onDecode?: (grow: (pages: number) => void) => void;
}

export const context = 11;
export const handle = 22;
const image = 33;
const nclx = 60_000;
export const optionBytes = { pointer: 50_000, length: 32 };
/** Where its planes lie: luma, Cb, Cr, whose first bytes are 101, 102 and 103. */
export const planes = [
  { pointer: 30_000, stride: 96 },
  { pointer: 40_000, stride: 48 },
  { pointer: 45_000, stride: 50 },
] as const;

type Call = readonly [name: string, ...values: readonly number[]];

/** A stand-in with libheif's C interface, and the calls it got. */
export function fakeLibheif(picture: FakePicture = {}) {
  const { columns = 1, rows = 1, part = { width: 64, height: 48 }, size = part } = picture;
  const { profile = new Uint8Array(), frame = part, errors = {} } = picture;
  const calls: Call[] = [];
  const memory = { current: new WebAssembly.Memory({ initial: 0 }) };
  const view = () => new DataView(memory.current.buffer);
  const put = (at: number, ...words: readonly number[]) => {
    for (const [index, word] of words.entries()) view().setUint32(at + 4 * index, word, true);
  };
  let free = 1024;
  const functions: Readonly<Record<string, (...values: readonly number[]) => number | void>> = {
    malloc(bytes = 0) {
      const pointer = free;
      free += bytes;
      // So that a test fails where memory is read that no function has written.
      new Uint8Array(memory.current.buffer, pointer, bytes).fill(0xaa);
      return pointer;
    },
    heif_context_alloc: () => context,
    heif_context_set_maximum_image_size_limit() {},
    heif_context_read_from_memory_without_copy() {},
    heif_context_get_primary_image_handle: (_error, _context, out = 0) => put(out, handle),
    heif_image_handle_get_image_tiling: (_error, _handle, _isTransformed, out = 0) =>
      put(out, 1, columns, rows, part.width, part.height, size.width, size.height),
    heif_image_handle_get_raw_color_profile_size: () => profile.length,
    heif_image_handle_get_raw_color_profile: (_error, _handle, out = 0) =>
      new Uint8Array(memory.current.buffer).set(profile, out),
    heif_decoding_options_alloc() {
      const { pointer, length } = optionBytes;
      new Uint8Array(memory.current.buffer, pointer, length).fill(0);
      return pointer;
    },
    heif_image_handle_decode_image_tile(_error, _handle, out = 0) {
      picture.onDecode?.((pages) => memory.current.grow(pages));
      put(out, image);
      for (const [plane, { pointer }] of planes.entries())
        new Uint8Array(memory.current.buffer)[pointer] = 101 + plane;
    },
    heif_image_get_width: () => frame.width,
    heif_image_get_height: () => frame.height,
    heif_image_get_plane_readonly(_image, plane = 0, out = 0) {
      put(out, planes[plane]?.stride ?? 0);
      return plane === picture.missingPlane ? 0 : (planes[plane]?.pointer ?? 0);
    },
    heif_image_get_nclx_color_profile(error = 0, _image, out = 0) {
      const { colours } = picture;
      put(error, colours ? 0 : 5);
      if (!colours) return;
      put(out, nclx);
      put(nclx, 1, 1, 13, colours.matrix);
      view().setUint8(nclx + 16, Number(colours.fullRange));
    },
    heif_nclx_color_profile_free() {},
    heif_image_release() {},
  };
  const library: HeicLibrary = {
    module: onePage,
    factory: (overrides) => {
      memory.current = startEmscripten(overrides);
      memory.current.grow(picture.pages ?? 0);
      for (const [name, work] of Object.entries(functions)) {
        Reflect.set(overrides, `_${name}`, (...values: readonly number[]) => {
          calls.push([name, ...values]);
          if (returnsError.test(name)) put(values[0] ?? 0, errors[name] ?? 0, 0, 0);
          return work(...values);
        });
      }
    },
  };
  const callsOf = (name: string) => calls.filter(([called]) => called === name);
  return {
    library,
    calls,
    callsOf,
    bytesAt: (at: number, length: number) =>
      new Uint8Array(memory.current.buffer, at, length).slice(),
  };
}

const returnsError = /read_from|primary|get_image_tiling|decode_image|get_raw_color_profile$/;
