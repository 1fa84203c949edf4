import type { Refusal } from "../../../core/image/refusal.ts";
import type { Size } from "../../../core/image/size.ts";
import { limits } from "../../../core/limits.ts";
import {
  type EmscriptenFactory,
  type EmscriptenInstance,
  instantiateEmscripten,
} from "../emscripten.ts";
import { rowCopier, type Frame, type FrameColours } from "../frame.ts";
import type { DecodedPart } from "../part-planes.ts";
import type { WasmInstance } from "../wasm-slot.ts";

/** `libheif.js` and the compiled `libheif.wasm` of libheif-js. */
export interface HeicLibrary {
  readonly factory: EmscriptenFactory;
  readonly module: WebAssembly.Module;
}

/** The primary picture of a file, open for decoding part by part. */
export interface HeicPicture extends Size {
  readonly instance: WasmInstance;
  /** A grid's; 1 and 1 for a picture in one piece. */
  readonly columns: number;
  readonly rows: number;
  readonly part: Size;
  readonly icc: Uint8Array | undefined;
  readonly decodePart: (column: number, row: number) => HeicPart;
}

interface HeicPart {
  readonly decoded: DecodedPart;
  /** Frees the frame. */
  readonly release: () => void;
}

/** libheif refuses the file. */
export class LibheifError extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.reason);
    this.refusal = refusal;
  }
}

/** Throws a `LibheifError`, or the trap in which the library ends. */
export function openHeic(library: HeicLibrary, file: Uint8Array, bytesMax: number): HeicPicture {
  // Its JavaScript takes Workers with nodejs_compat for Node, whose modules know their folder.
  (globalThis as { __dirname?: string }).__dirname ??= "/";
  const heif = instantiateEmscripten<Functions>(library.factory, library.module, bytesMax);
  const scratch = heif._malloc(SCRATCH_BYTES);
  const call = (work: (error: number) => void) => {
    work(scratch);
    const code = wordAt(heif, scratch);
    if (heif.isFull)
      throw new LibheifError({ reason: "over_memory_plan", bytes: bytesMax, bytesMax });
    if (code !== 0) throw new LibheifError(damaged(code));
  };
  const fieldAt = (index: number) => wordAt(heif, scratch + FIELDS + 4 * index);

  const context = heif._heif_context_alloc();
  heif._heif_context_set_maximum_image_size_limit(context, limits.sourceSideMax);
  const copy = heif._malloc(file.length);
  new Uint8Array(heif.memory.buffer).set(file, copy);
  call((error) =>
    heif._heif_context_read_from_memory_without_copy(error, context, copy, file.length, 0),
  );
  call((error) => heif._heif_context_get_primary_image_handle(error, context, scratch + FIELDS));
  const handle = fieldAt(0);
  call((error) => heif._heif_image_handle_get_image_tiling(error, handle, 0, scratch + FIELDS));
  // Version, columns, rows, then the sides of a tile and of the picture.
  const [columns, rows, partWidth, partHeight, width, height] = [1, 2, 3, 4, 5, 6].map(
    fieldAt,
  ) as Six;
  const options = decodingOptions(heif);

  return {
    instance: heif,
    width,
    height,
    columns,
    rows,
    part: { width: partWidth, height: partHeight },
    icc: readProfile(heif, handle, scratch),
    decodePart(column, row) {
      call((error) =>
        heif._heif_image_handle_decode_image_tile(
          error,
          handle,
          scratch + FIELDS,
          YCBCR,
          HALVED_CHROMA,
          options,
          column,
          row,
        ),
      );
      const image = fieldAt(0);
      return {
        decoded: readPart(heif, image, scratch, { width: partWidth, height: partHeight }),
        release: () => heif._heif_image_release(image),
      };
    },
  };
}

function decodingOptions(heif: Libheif): number {
  const options = heif._heif_decoding_options_alloc();
  const bytes = new Uint8Array(heif.memory.buffer);
  bytes[options + IGNORE_TRANSFORMATIONS] = 1;
  bytes[options + HDR_TO_8_BIT] = 1;
  return options;
}

function readPart(heif: Libheif, image: number, scratch: number, least: Size): DecodedPart {
  const frame = frameOf(heif, image, scratch);
  if (frame.width < least.width || frame.height < least.height) throw new LibheifError(damaged(0));
  const copyRow = rowCopier(coloursOf(heif, image, scratch));
  if (!copyRow) throw new LibheifError(rareColours);
  return { frame, copyRow };
}

type Six = [number, number, number, number, number, number];

/** An error (code, finer code, message), then what a function answers. */
const SCRATCH_BYTES = 128;
const FIELDS = 16;
/** Offsets in `heif_decoding_options`. */
const IGNORE_TRANSFORMATIONS = 1;
const HDR_TO_8_BIT = 20;
/** libheif's numbers. */
const YCBCR = 0;
const HALVED_CHROMA = 1;
const CHANNELS = [0, 1, 2] as const;
const MATRIX_BT601 = 6;

const damaged = (code: number): Refusal => ({
  reason: "corrupt_image",
  detail: `The HEIC's picture cannot be decoded (libheif's error ${code})`,
});

const rareColours: Refusal = {
  reason: "unsupported_format",
  detected: "a HEIC picture of a rare colour matrix",
};

function frameOf(heif: Libheif, image: number, scratch: number): Frame {
  const [y, cb, cr] = CHANNELS.map((channel) => {
    const pointer = heif._heif_image_get_plane_readonly(image, channel, scratch);
    const stride = wordAt(heif, scratch);
    if (pointer === 0) throw new LibheifError(damaged(0));
    return { pointer, stride };
  }) as [Frame["planes"][0], Frame["planes"][1], Frame["planes"][2]];
  return {
    width: heif._heif_image_get_width(image, 0),
    height: heif._heif_image_get_height(image, 0),
    bytes: new Uint8Array(heif.memory.buffer),
    planes: [y, cb, cr],
  };
}

/** What the container or else the coded data says; libheif answers with an error where neither does. */
function coloursOf(heif: Libheif, image: number, scratch: number): FrameColours {
  heif._heif_image_get_nclx_color_profile(scratch, image, scratch + FIELDS);
  const isSaid = wordAt(heif, scratch) === 0;
  const profile = wordAt(heif, scratch + FIELDS);
  // Version, primaries, transfer, matrix, range.
  const matrix = isSaid ? wordAt(heif, profile + 12) : MATRIX_BT601;
  const fullRange = !isSaid || new Uint8Array(heif.memory.buffer)[profile + 16] !== 0;
  if (isSaid) heif._heif_nclx_color_profile_free(profile);
  return { matrix, fullRange };
}

const wordAt = ({ memory }: Libheif, pointer: number): number =>
  new DataView(memory.buffer).getUint32(pointer, true);

function readProfile(heif: Libheif, handle: number, scratch: number): Uint8Array | undefined {
  const length = heif._heif_image_handle_get_raw_color_profile_size(handle);
  if (length === 0 || length > limits.metadataBytesMax) return undefined;
  const copy = heif._malloc(length);
  heif._heif_image_handle_get_raw_color_profile(scratch, handle, copy);
  return new Uint8Array(heif.memory.buffer, copy, length).slice();
}

type Libheif = Functions & EmscriptenInstance;

/** Functions of libheif's C interface. Where one returns an error, its first argument says where to. */
interface Functions {
  _malloc(bytes: number): number;
  _heif_context_alloc(): number;
  _heif_context_set_maximum_image_size_limit(context: number, side: number): void;
  _heif_context_read_from_memory_without_copy(
    error: number,
    context: number,
    bytes: number,
    length: number,
    options: number,
  ): void;
  _heif_context_get_primary_image_handle(error: number, context: number, out: number): void;
  _heif_image_handle_get_image_tiling(
    error: number,
    handle: number,
    isTransformed: number,
    out: number,
  ): void;
  _heif_image_handle_get_raw_color_profile_size(handle: number): number;
  _heif_image_handle_get_raw_color_profile(error: number, handle: number, out: number): void;
  _heif_decoding_options_alloc(): number;
  _heif_image_handle_decode_image_tile(
    error: number,
    handle: number,
    out: number,
    colourSpace: number,
    chroma: number,
    options: number,
    column: number,
    row: number,
  ): void;
  _heif_image_get_width(image: number, channel: number): number;
  _heif_image_get_height(image: number, channel: number): number;
  _heif_image_get_plane_readonly(image: number, channel: number, strideOut: number): number;
  _heif_image_get_nclx_color_profile(error: number, image: number, out: number): void;
  _heif_nclx_color_profile_free(profile: number): void;
  _heif_image_release(image: number): void;
}
