import { formats } from "../../../core/image/formats.ts";
import type { ImageInfo } from "../../../core/image/image-info.ts";
import { refuseSwitchedOff } from "../../../core/image/optional-formats.ts";
import type { Refusal } from "../../../core/image/refusal.ts";
import { err, ok, type Result } from "../../../core/result.ts";
import { newPicture, type Decoded, type DecodeRequest, type Decoder } from "../codec.ts";
import type { EmscriptenFactory } from "../emscripten.ts";
import { FramePainter } from "../frame-painter.ts";
import type { WasmInstance } from "../wasm-slot.ts";
import { LibheifError, openHeic, type HeicPicture } from "./libheif.ts";

/** `libheif.js` and the compiled `libheif.wasm` of libheif-js. */
export interface HeicLibrary {
  readonly factory: EmscriptenFactory;
  readonly module: WebAssembly.Module;
}

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
    const bytesMax = formats.heic.source.memory(info, request.shrink, source.length).wasm;
    try {
      const picture = openHeic(library, source, bytesMax);
      this.#spent = picture.instance;
      return paint(picture, request, info);
    } catch (cause) {
      if (cause instanceof LibheifError) return err(cause.refusal);
      return err({ reason: "render_crashed", stage: "heic decode" });
    }
  }
}

function paint(
  picture: HeicPicture,
  { shrink, workspace }: DecodeRequest,
  info: ImageInfo,
): Result<Decoded, Refusal> {
  if (picture.width !== info.width || picture.height !== info.height) {
    return err({ reason: "corrupt_image", detail: "another size than its header says" });
  }
  const size = { width: Math.ceil(info.width / shrink), height: Math.ceil(info.height / shrink) };
  const { rgba: _, ...painted } = newPicture(workspace, { ...size, opaque: true });
  const { columns, rows, part } = picture;
  const painter = new FramePainter(painted, { shrink, source: info, part });
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const at = { x: column * part.width, y: row * part.height };
      picture.decodePart(column, row, (frame, weights, fullRange) =>
        painter.paint(frame, at, weights, fullRange),
      );
    }
  }
  painter.end();
  const { icc } = picture;
  return ok({ ...painted, ...(icc && { icc }) });
}
