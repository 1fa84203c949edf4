import { isReadByLibavif } from "../../engine/codecs/avif/libavif.ts";
import { moduleFiles } from "../../engine/codecs/codec-set.ts";
import { compile } from "../../engine/modules-node.ts";

/**
 * Whether libavif decodes the file, which reads AVIF in Chrome and Firefox: what it refuses they do not show. Here with
 * libaom, whose verdict on damage is by the standard's letter.
 */
export async function isShownByLibavif(source: Uint8Array): Promise<boolean> {
  module ??= await compile(moduleFiles.avifDecoder);
  return isReadByLibavif(module, source);
}

let module: WebAssembly.Module | undefined;
