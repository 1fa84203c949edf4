import { libheifMemory } from "../../../core/image/heic/format.ts";
import type { ImageInfo } from "../../../core/image/image-info.ts";
import { refuseSwitchedOff } from "../../../core/image/optional-formats.ts";
import type { Refusal } from "../../../core/image/refusal.ts";
import { err, ok, type Result } from "../../../core/result.ts";
import type { Decoded, DecodeRequest, Decoder } from "../codec.ts";
import { planesOfGrid, planesOfWhole, type DecodePart } from "../part-planes.ts";
import type { WasmInstance } from "../wasm-slot.ts";
import { LibheifError, openHeic, type HeicLibrary, type HeicPicture } from "./libheif.ts";

/**
 * HEIC as stored, part by part through libheif's planes, where an operator has switched it on. Each picture
 * gets a fresh instance, whose memory never grows beyond the plan.
 */
export class HeicDecoder implements Decoder {
  readonly #library: HeicLibrary | undefined;
  /** The last instance made, kept only so that its memory is counted. */
  #spent: WasmInstance | undefined;

  /** Without a library every picture is refused. */
  constructor(library: HeicLibrary | undefined) {
    this.#library = library;
  }

  get wasmBytes(): number {
    return this.#spent?.memory.buffer.byteLength ?? 0;
  }

  decode(source: Uint8Array, request: DecodeRequest, info: ImageInfo): Result<Decoded, Refusal> {
    const library = this.#library;
    const refusal = refuseSwitchedOff("heic", library ? ["heic"] : []);
    if (!library || refusal) return err(refusal ?? { reason: "unsupported_format" });
    const bytesMax = libheifMemory(info, source.length);
    try {
      const picture = openHeic(library, source, bytesMax);
      this.#spent = picture.instance;
      return open(picture, request, info);
    } catch (cause) {
      if (cause instanceof LibheifError) return err(cause.refusal);
      return err({ reason: "render_crashed", stage: "heic decode" });
    }
  }
}

function open(
  picture: HeicPicture,
  { workspace, planes: request }: DecodeRequest,
  info: ImageInfo,
): Result<Decoded, Refusal> {
  const { columns, rows, part, width, height, icc } = picture;
  if (width !== info.width || height !== info.height) {
    return err({ reason: "corrupt_image", detail: "another size than its header says" });
  }
  const layout = { size: { width, height }, part, columns, rows, ...(icc && { icc }) };
  if (columns * rows === 1) {
    return ok(planesOfWhole(layout, picture.decodePart(0, 0).decoded, workspace, request));
  }
  const decodePart: DecodePart = (index, use) => {
    try {
      const { decoded, release } = picture.decodePart(index % columns, Math.floor(index / columns));
      use(decoded);
      release();
      return undefined;
    } catch (cause) {
      if (cause instanceof LibheifError) return cause.refusal;
      throw cause;
    }
  };
  return ok(planesOfGrid(layout, decodePart, workspace, request));
}
