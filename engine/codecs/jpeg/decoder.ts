import type { ImageInfo } from "../../../core/image/image-info.ts";
import type { Refusal } from "../../../core/image/refusal.ts";
import { limits } from "../../../core/limits.ts";
import { err, ok, type Result } from "../../../core/result.ts";
import { readCmykProfile } from "../../colour/cmyk-profile.ts";
import type { CmykTable } from "../../colour/cmyk-table.ts";
import { DamagedSource, type Decoded, type DecodeRequest, type Decoder } from "../codec.ts";
import { exifInJpeg } from "./syntax/exif.ts";
import {
  decompress,
  FatalJpegError,
  instantiateLibjpeg,
  type JpegModules,
  type Libjpeg,
} from "./libjpeg.ts";
import { isInOrder, openPlanes, withoutWhatFollows } from "./planes.ts";
import type { JpegScale } from "./scale.ts";
import { readJpegIcc } from "./syntax/icc.ts";
import { hasMoreScansThan } from "./syntax/markers.ts";

/**
 * JPEG at 1, 1/2, 1/4 or 1/8 of the size: planes from the kernels, for well-formed files of the usual
 * kinds. All others come as pixels from libjpeg-turbo, which alone decides what is damaged; it works in a
 * memory of its own, where outputs are then made. An instance whose decoding failed is replaced by a fresh
 * one: a failed call leaks.
 */
export class JpegDecoder implements Decoder {
  readonly exifBlocks = exifInJpeg;
  readonly #modules: JpegModules;
  #libjpeg: Libjpeg | undefined;

  constructor(modules: JpegModules) {
    this.#modules = modules;
  }

  get wasmBytes(): number {
    return this.#libjpeg?.workspace.memory.buffer.byteLength ?? 0;
  }

  decode(source: Uint8Array, request: DecodeRequest, info: ImageInfo): Result<Decoded, Refusal> {
    if (info.progressive && hasMoreScansThan(source, limits.jpegScansMax)) {
      const most = `more than ${limits.jpegScansMax} scans, which no encoder makes`;
      return err({ reason: "corrupt_image", detail: `The picture comes in ${most}` });
    }
    const icc = info.hasIcc ? readJpegIcc(source) : undefined;
    if (!request.asPixels) {
      const planes = openPlanes(source, request);
      if (!planes) throw new DamagedSource();
      return ok({ ...planes, ...(icc && { icc }) });
    }
    const isCmyk = info.colour === "cmyk";
    const inks = isCmyk && icc ? readCmykProfile(icc) : undefined;
    const decoded = this.#decodePixels(source, request, inks);
    // Inks have become sRGB by now, whatever else a profile says.
    return decoded.ok && icc && !isCmyk ? ok({ ...decoded.value, icc }) : decoded;
  }

  #decodePixels(
    source: Uint8Array,
    request: DecodeRequest,
    inks: CmykTable | undefined,
  ): Result<Decoded, Refusal> {
    const { shrink, partial } = request;
    this.#libjpeg ??= instantiateLibjpeg(this.#modules);
    try {
      const { workspace } = this.#libjpeg;
      const { bitmap, damage } = decompress(this.#libjpeg, source, (8 / shrink) as JpegScale, inks);
      if (bitmap && (!damage || isInOrder(workspace, source))) {
        return ok({ samples: "pixels", bitmap, workspace });
      }
      if (bitmap && partial) return ok({ samples: "pixels", bitmap, workspace, partial: true });
      this.#libjpeg = undefined;
      return err(damage ? damages[damage] : noFrame);
    } catch (cause) {
      this.#libjpeg = undefined;
      if (!(cause instanceof FatalJpegError)) {
        return err({ reason: "render_crashed", stage: "jpeg decode" });
      }
      const alone = withoutWhatFollows(source);
      if (alone) return this.#decodePixels(alone, request, inks);
      return err({ reason: "corrupt_image", detail: "the JPEG decoder gave up on it" });
    }
  }
}

const noFrame: Refusal = { reason: "corrupt_image", detail: "the JPEG has no frame header" };
const damages = {
  truncated: { reason: "truncated_image", detail: "The file ends inside its picture" },
  corrupt: { reason: "corrupt_image", detail: "The picture's data is damaged" },
} as const satisfies Record<string, Refusal>;
