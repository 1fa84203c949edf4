import { dav1dMemory } from "../../../core/image/avif/format.ts";
import type { ImageInfo } from "../../../core/image/image-info.ts";
import type { Refusal } from "../../../core/image/refusal.ts";
import type { Size } from "../../../core/image/size.ts";
import { err, ok, type Result } from "../../../core/result.ts";
import { DamagedSource, type DecodedPlanes, type DecodeRequest } from "../codec.ts";
import { rowCopier, type Frame, type RowCopier } from "../frame.ts";
import { planesOfGrid, planesOfWhole } from "../part-planes.ts";
import type { WasmInstance } from "../wasm-slot.ts";
import { Dav1d, type FrameResult } from "./dav1d.ts";
import { readStill, type Sequence } from "./obu.ts";
import { missing, readParts, type CodedParts } from "./parts.ts";

/**
 * A picture of opaque 8-bit 4:2:0, part by part in the memory of one, and never in more memory than the
 * plan says. Throws where the codec traps.
 */
export function decodePlanes(
  module: WebAssembly.Module,
  source: Uint8Array,
  { workspace, planes: request }: DecodeRequest,
  info: ImageInfo,
  onInstance: (instance: WasmInstance) => void,
): Result<DecodedPlanes, Refusal> {
  const parts = readParts(source, info);
  if (!parts.ok) return parts;
  const bytesMax = dav1dMemory(info, source.length);
  const decoder = new Dav1d(module, bytesMax);
  onInstance(decoder);
  const { columns, count, size: part } = parts.value;
  const layout = {
    size: { width: info.width, height: info.height },
    part,
    columns,
    rows: count / columns,
  };

  if (count > 1) {
    const decodePart = (index: number, use: (part: Coded & { frame: Frame }) => void) => {
      const coded = readPart(parts.value, index);
      if (!coded.ok) return coded.error;
      const { data, copyRow } = coded.value;
      const result = decodeOrAsk(() =>
        decoder.decode(data, (frame) => {
          if (isSame(frame, part)) use({ data, copyRow, frame });
          return frame;
        }),
      );
      return refusalOf(result, part, bytesMax);
    };
    return ok(planesOfGrid(layout, decodePart, workspace, request));
  }
  const coded = readPart(parts.value, 0);
  if (!coded.ok) return coded;
  const result = decoder.keep(coded.value.data);
  const refusal = refusalOf(result, part, bytesMax);
  if (refusal || result.kind !== "frame") return err(refusal ?? damaged);
  const whole = { frame: result.value, copyRow: coded.value.copyRow };
  return ok(planesOfWhole(layout, whole, workspace, request));
}

/** A trap in the middle of a grid makes all of it void: the picture is asked for again, as pixels. */
function decodeOrAsk<Value>(decode: () => Value): Value {
  try {
    return decode();
  } catch (cause) {
    if (cause instanceof WebAssembly.RuntimeError) throw new DamagedSource();
    throw cause;
  }
}

interface Coded {
  readonly data: Uint8Array;
  readonly copyRow: RowCopier;
}

/** The data of one part's first frame, once its sequence header says what the plan was made for. */
function readPart(parts: CodedParts, index: number): Result<Coded, Refusal> {
  const data = parts.dataOf(index);
  if (!data) return err(missing);
  const still = readStill(data);
  if (!still) return err(corrupt("The AVIF holds no AV1 picture where one should be"));
  const { sequence, frame } = still;
  const { size, colour = sequence } = parts;
  if (sequence.bitDepth !== 8 || sequence.layout !== "4:2:0" || !fits(sequence, size)) {
    return err(corrupt("The AVIF's picture is not coded as its header says"));
  }
  const copyRow = rowCopier(colour);
  if (copyRow) return ok({ data: frame, copyRow });
  return err({ reason: "unsupported_format", detected: "an AVIF of a rare colour matrix" });
}

function refusalOf(result: FrameResult<Frame>, size: Size, bytesMax: number): Refusal | undefined {
  if (result.kind === "out of memory") {
    return { reason: "over_memory_plan", bytes: bytesMax, bytesMax };
  }
  if (result.kind === "damaged") return damaged;
  return isSame(result.value, size) ? undefined : corrupt("another size than its header says");
}

const corrupt = (detail: string): Refusal => ({ reason: "corrupt_image", detail });

const damaged = corrupt("The AVIF's picture data is damaged or cut off");

const fits = (sequence: Sequence, size: Size) =>
  sequence.width <= size.width && sequence.height <= size.height;

const isSame = (one: Size, other: Size) => one.width === other.width && one.height === other.height;
