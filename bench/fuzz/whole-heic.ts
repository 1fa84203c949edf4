import { instantiateEmscripten, type EmscriptenInstance } from "../../engine/codecs/emscripten.ts";
import { loadHeicLibrary } from "../../engine/modules-node.ts";

/**
 * What libheif has to say against a HEIC file, which it decodes whole, by itself: in a fresh instance, as large as it
 * likes, to colours of its own choice, where the engine asks for planes tile by tile. Strictly, as sharp is asked too:
 * otherwise it leaves tiles out that it cannot decode. Undefined where there is nothing.
 */
export async function complaintOfLibheif(source: Uint8Array): Promise<string | undefined> {
  const { factory, module } = await (library ??= loadHeicLibrary());
  // Its JavaScript reads the name of its folder, without using it.
  (globalThis as { __dirname?: string }).__dirname ??= "/";
  try {
    return complaint(instantiateEmscripten<Functions>(factory, module), source);
  } catch (cause) {
    return `libheif: ${String(cause)}`;
  }
}

let library: ReturnType<typeof loadHeicLibrary> | undefined;

function complaint(heif: Functions & EmscriptenInstance, source: Uint8Array): string | undefined {
  const scratch = heif._malloc(2 * answerAt);
  const fieldAt = (at: number) => new DataView(heif.memory.buffer).getUint32(scratch + at, true);
  const failure = () => {
    const [code, finer] = [fieldAt(0), fieldAt(4)];
    return code === 0 ? undefined : `libheif: error ${code}.${finer}`;
  };
  const copy = heif._malloc(source.length);
  new Uint8Array(heif.memory.buffer).set(source, copy);
  const context = heif._heif_context_alloc();
  const out = scratch + answerAt;
  heif._heif_context_read_from_memory_without_copy(scratch, context, copy, source.length, 0);
  if (failure() !== undefined) return failure();
  heif._heif_context_get_primary_image_handle(scratch, context, out);
  if (failure() !== undefined) return failure();
  const options = heif._heif_decoding_options_alloc();
  new Uint8Array(heif.memory.buffer)[options + strictDecoding] = 1;
  const handle = fieldAt(answerAt);
  heif._heif_decode_image(scratch, handle, out, undefinedSpace, undefinedChroma, options);
  return failure();
}

/** An error is three words; what a function answers stands behind it. */
const answerAt = 16;
/** Where `heif_decoding_options` says that nothing may be left out. */
const strictDecoding = 21;
/** libheif's numbers for "as it is coded". */
const undefinedSpace = 99;
const undefinedChroma = 99;

/** Functions of libheif's C interface. Where one returns an error, its first argument says where to. */
interface Functions {
  _malloc(bytes: number): number;
  _heif_context_alloc(): number;
  _heif_context_read_from_memory_without_copy(
    error: number,
    context: number,
    bytes: number,
    length: number,
    options: number,
  ): void;
  _heif_context_get_primary_image_handle(error: number, context: number, out: number): void;
  _heif_decoding_options_alloc(): number;
  _heif_decode_image(
    error: number,
    handle: number,
    out: number,
    colourSpace: number,
    chroma: number,
    options: number,
  ): void;
}
