import type { ImageInfo } from "../core/image/image-info.ts";
import { probe } from "../core/image/probe.ts";
import type { Refusal } from "../core/image/refusal.ts";
import { limits } from "../core/limits.ts";
import { err, ok, type Result } from "../core/result.ts";
import { planRender, type OutputPlan } from "../core/transform/plan.ts";
import { premultiply, unpremultiply } from "./alpha.ts";
import { onCanvas } from "./canvas.ts";
import { instantiatePhoton, type Photon } from "./codecs/photon.ts";
import { blurred, sharpened } from "./effects.ts";
import type { Engine, Rendition } from "./engine.ts";
import type { EngineModules } from "./modules.ts";
import { storedArea, turned, turnOf } from "./orientation.ts";
import { pictureData } from "./picture-data.ts";
import { cropped, type Raster } from "./raster.ts";
import { runStages, type Stage, type Stages, type StageWatch } from "./stages.ts";

/**
 * An engine keeps at most one codec instance, and only after a render that ended well and left its
 * memory small. Renders never overlap: each runs in one turn of the event loop, so that one picture
 * at a time is in memory.
 */
export function createEngine(modules: EngineModules, watch: Partial<StageWatch> = {}): Engine {
  const { now = () => performance.now(), onStage = () => {} } = watch;
  let idle: Photon | undefined;

  return {
    async render(source, transforms) {
      const startedAt = now();
      const header = readHeader(source);
      if (!header.ok) return header;
      const plan = planRender(header.value, transforms, source.length);
      if (!plan.ok) return plan;
      const picture = pictureData(source, plan.value.format, header.value);
      if (!picture.ok) return picture;

      const photon = idle ?? instantiatePhoton(modules.photon);
      idle = undefined;
      const story = renderOutputs(photon, picture.value, header.value, plan.value.outputs);
      const renditions = runStages(story, { now, onStage });
      if (!renditions.ok) return renditions;
      const peakWasmBytes = photon.memoryBytes;
      if (peakWasmBytes <= limits.wasmIdleBytesMax) idle = photon;

      return ok({
        source: header.value,
        renditions: renditions.value,
        computeUnits: plan.value.computeUnits,
        millis: now() - startedAt,
        peakWasmBytes,
      });
    },
  };
}

function readHeader(source: Uint8Array): Result<ImageInfo, Refusal> {
  const answer = probe(source, true);
  if (answer.kind === "image") return ok(answer.info);
  if (answer.kind === "refused") return err(answer.refusal);
  throw new Error("The probe asked for more than the whole file");
}

/** One decode, then each output in turn. */
function* renderOutputs(
  photon: Photon,
  picture: readonly Uint8Array[],
  info: ImageInfo,
  outputs: readonly OutputPlan[],
): Stages<readonly Rendition[]> {
  yield "decode";
  const stored = photon.decode(picture);
  if (stored.width !== info.width || stored.height !== info.height) {
    return err({
      reason: "corrupt_image",
      detail: "The picture's size is not what its header says",
    });
  }
  premultiply(stored);

  const renditions: Rendition[] = [];
  for (const output of outputs) renditions.push(yield* renderOutput(photon, stored, info, output));
  return ok(renditions);
}

/** The order of work that `Transform` promises. Everything but the codecs sees premultiplied pixels. */
function* renderOutput(
  photon: Photon,
  stored: Raster,
  info: ImageInfo,
  { transform, geometry, resize, quality, turnedSize }: OutputPlan,
): Generator<Stage, Rendition> {
  yield "resize";
  const turn = turnOf(info.orientation, transform);
  const area = storedArea(geometry.crop, turnedSize, turn);
  const { to } = resize;
  const isResized = area.width !== to.width || area.height !== to.height;
  const scaled = isResized
    ? photon.resize(stored, area, to.width, to.height)
    : cropped(stored, area);

  yield "finish";
  let upright = turned(scaled, turn);
  if (transform.blur > 0) upright = blurred(upright, transform.blur);
  if (transform.sharpen > 0) upright = sharpened(upright, transform.sharpen);
  const finished = onCanvas(upright, geometry, transform);
  unpremultiply(finished);

  yield "encode";
  const { format } = transform;
  const bytes = photon.encode(finished, format, quality);
  return { bytes, width: finished.width, height: finished.height, format };
}
