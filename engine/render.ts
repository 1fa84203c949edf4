import type { ImageInfo } from "../core/image/image-info.ts";
import { probe } from "../core/image/probe.ts";
import type { Refusal } from "../core/image/refusal.ts";
import { limits } from "../core/limits.ts";
import { err, ok, type Result } from "../core/result.ts";
import type { OutputPlan, RenderPlan } from "../core/plan/render-plan.ts";
import type { RenderTransform } from "../core/transform/transform.ts";
import { needsFindings, planRender, replan } from "../core/plan/plan.ts";
import { DamagedSource, type Decoder } from "./codecs/codec.ts";
import { firstExif } from "./codecs/exif.ts";
import { createCodecs, type Codecs, type EngineModules } from "./codecs/codec-set.ts";
import { coloursOf, type Colours } from "./colour/colour.ts";
import { decode, type DecodedSource } from "./decode.ts";
import { encode, encodePlanes, type Attachments } from "./encode.ts";
import type { Engine, Rendition } from "./engine.ts";
import { find } from "./analysis/findings.ts";
import { renderAnimation } from "./animation/render-animation.ts";
import { decodeOverlay, readOverlay } from "./decode-overlay.ts";
import type { OverlayPicture } from "./draw-overlay.ts";
import { applySteps } from "./pipeline.ts";
import { canKeepPlanes, halvesChroma } from "./plane-request.ts";
import { partOf, resizeUpright } from "./resize-upright.ts";
import { runStages, type Stages, type StageWatch } from "./stages.ts";

/**
 * An engine keeps its codecs from render to render, and only after one that ended well and left little
 * memory behind: what a refusal or a trap has touched is never used again. Renders never overlap, since
 * each runs in one turn of the event loop: one picture at a time is in memory.
 */
export function createEngine(modules: EngineModules, watch: Partial<StageWatch> = {}): Engine {
  const { now = () => performance.now(), onStage = () => {} } = watch;
  let idle: Codecs | undefined;

  return {
    async render(source, transforms, overlayFile) {
      const startedAt = now();
      const header = readHeader(source);
      if (!header.ok) return header;
      const read = overlayFile && readOverlay(overlayFile);
      if (read && !read.ok) return read;
      const plan = planRender(header.value, transforms, source.length, { overlay: read?.value });
      if (!plan.ok) return plan;
      const drawn =
        read && decodeOverlay(modules, overlayFile, read.value, source.length, { now, onStage });
      if (drawn && !drawn.ok) return drawn;

      const codecs =
        idle && idle.wasmBytes() + plan.value.peakWasmBytes <= limits.wasmBytesMax
          ? idle
          : createCodecs(modules);
      idle = undefined;
      const overlay = drawn?.value;
      const job = { codecs, source, info: header.value, transforms, overlay };
      const render = plan.value.frames > 1 ? renderAnimation : renderOutputs;
      const renditions = runStages(render(job, plan.value), { now, onStage });
      if (!renditions.ok) return renditions;
      const peakWasmBytes = codecs.wasmBytes();
      if (peakWasmBytes <= limits.wasmIdleBytesMax) idle = codecs;

      return ok({
        source: header.value,
        ...(overlay && { overlay: overlay.source.info }),
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
  return answer.kind === "image" ? ok(answer.info) : err(answer.refusal);
}

interface RenderJob {
  readonly codecs: Codecs;
  readonly source: Uint8Array;
  readonly info: ImageInfo;
  readonly transforms: readonly RenderTransform[];
  readonly overlay: OverlayPicture | undefined;
}

/**
 * As planned. Damage that shows only in the middle makes all of it void: the picture is refused, or decoded
 * as pixels by the reference decoder, if there is enough memory for that.
 */
function* renderOutputs(job: RenderJob, plan: RenderPlan): Stages<readonly Rendition[]> {
  try {
    return yield* renderAs(job, plan);
  } catch (cause) {
    if (!(cause instanceof DamagedSource)) throw cause;
    if (cause.refusal) return err(cause.refusal);
  }
  const { codecs, source, info, transforms } = job;
  codecs.reset();
  const again = planRender(info, transforms, source.length, {
    samples: "pixels",
    overlay: plan.overlay,
  });
  return again.ok ? yield* renderAs(job, again.value) : again;
}

/** One decode, an analysis where a transform needs it, then for each output: resize → steps → encode. */
function* renderAs(
  { codecs, source, info, overlay }: RenderJob,
  plan: RenderPlan,
): Stages<readonly Rendition[]> {
  yield "decode";
  const decoding = decode(codecs, source, info, plan);
  if (!decoding.ok) return decoding;
  const decoded = decoding.value;
  const colours = coloursOf(decoded.icc);
  const attachments = attachmentsOf(source, codecs.decoders[info.format], plan, colours);

  const looked = yield* look(decoded, plan, source.length);
  if (!looked.ok) return looked;

  const renditions: Rendition[] = [];
  for (const output of looked.value.outputs) {
    const sourceBytes = source.length;
    const work = { codecs, decoded, output, colours, overlay, attachments, sourceBytes };
    const encoded = yield* renderOutput(work, plan.inPlace);
    if (!encoded.ok) return encoded;
    const partial = decoded.samples === "pixels" && decoded.partial;
    renditions.push({
      bytes: encoded.value,
      ...output.size,
      format: output.transform.format,
      ...(partial && { partial }),
    });
  }
  if (decoded.samples === "planes") {
    decoded.finish();
    decoded.free();
  } else if (!plan.inPlace) {
    decoded.workspace.free(decoded.bitmap.pointer);
  }
  return ok(renditions);
}

interface OutputWork {
  readonly codecs: Codecs;
  readonly decoded: DecodedSource;
  readonly output: OutputPlan;
  readonly colours: Colours;
  readonly overlay: OverlayPicture | undefined;
  readonly attachments: Attachments;
  readonly sourceBytes: number;
}

/** From planes to the file where the encoder takes them and nothing changes a pixel; else through pixels. */
function* renderOutput(
  { codecs: { encoders }, decoded, output, colours, overlay, attachments, sourceBytes }: OutputWork,
  inPlace: boolean,
): Stages<Uint8Array> {
  const { workspace, info } = decoded;
  const { transform, window, geometry } = output;
  yield "resize";
  if (decoded.samples === "planes" && canKeepPlanes(encoders, info, output, colours)) {
    yield "encode";
    const resampled = { source: decoded, part: partOf(info, window), size: geometry.scaled };
    const file = encodePlanes(encoders, resampled, output, attachments);
    if (file) return ok(file);
  }
  const resized =
    inPlace && decoded.samples === "pixels"
      ? decoded.bitmap
      : resizeUpright(decoded, transform, {
          window,
          to: geometry.scaled,
          halvesChroma: halvesChroma(encoders, info, output, colours),
        });
  yield "effects";
  const finished = applySteps(resized, { workspace, output, colours, overlay });
  yield "encode";
  const encoded = encode({
    encoders,
    picture: { workspace, bitmap: finished },
    output,
    attachments,
    source: { info, bytes: sourceBytes },
  });
  workspace.free(finished.pointer);
  return encoded;
}

/** The plan made exact where it depends on what the picture shows; its memory is checked again. */
function* look(decoded: DecodedSource, plan: RenderPlan, sourceBytes: number): Stages<RenderPlan> {
  if (!plan.outputs.some(needsFindings)) return ok(plan);
  yield "analysis";
  const findings = plan.outputs.map((output) => find(decoded, output));
  return replan(decoded.info, plan, findings, sourceBytes);
}

function attachmentsOf(
  source: Uint8Array,
  { exifBlocks }: Decoder,
  { outputs }: RenderPlan,
  { carried }: Colours,
): Attachments {
  const wantsExif = outputs.some(({ transform }) => transform.metadata !== "none");
  const exif = wantsExif ? firstExif(exifBlocks?.(source) ?? []) : undefined;
  return { ...(carried && { icc: carried }), ...(exif && { exif }) };
}
