import type { ImageInfo } from "../core/image/image-info.ts";
import { probe } from "../core/image/probe.ts";
import type { Refusal } from "../core/image/refusal.ts";
import { limits } from "../core/limits.ts";
import { err, ok, type Result } from "../core/result.ts";
import type { RenderPlan } from "../core/plan/render-plan.ts";
import { planRender, replan } from "../core/plan/plan.ts";
import { readExif } from "./codecs/exif.ts";
import { createCodecs, type Codecs } from "./codecs/codec-set.ts";
import { coloursOf, type Colours } from "./colour/colour.ts";
import { decode, type DecodedSource } from "./decode.ts";
import { encode, type Attachments } from "./encode.ts";
import type { Engine, Rendition } from "./engine.ts";
import { find, needsFindings } from "./analysis/findings.ts";
import type { EngineModules } from "./modules.ts";
import { applySteps } from "./pipeline.ts";
import { resizeUpright } from "./resize-upright.ts";
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
    async render(source, transforms) {
      const startedAt = now();
      const header = readHeader(source);
      if (!header.ok) return header;
      const plan = planRender(header.value, transforms, source.length);
      if (!plan.ok) return plan;

      const codecs =
        idle && idle.wasmBytes() + plan.value.peakWasmBytes <= limits.wasmBytesMax
          ? idle
          : createCodecs(modules);
      idle = undefined;
      const story = renderOutputs(codecs, source, header.value, plan.value);
      const renditions = runStages(story, { now, onStage });
      if (!renditions.ok) return renditions;
      const peakWasmBytes = codecs.wasmBytes();
      if (peakWasmBytes <= limits.wasmIdleBytesMax) idle = codecs;

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

/** One decode, a look at it where that is needed, then for each output: resize → steps → encode. */
function* renderOutputs(
  codecs: Codecs,
  source: Uint8Array,
  info: ImageInfo,
  plan: RenderPlan,
): Stages<readonly Rendition[]> {
  yield "decode";
  const decoded = decode(codecs, source, info, plan.shrink);
  if (!decoded.ok) return decoded;
  const { workspace, bitmap, icc } = decoded.value;
  const colours = coloursOf(icc);
  const attachments = attachmentsOf(source, info, plan, colours);

  const looked = yield* look(decoded.value, plan, source.length);
  if (!looked.ok) return looked;

  const renditions: Rendition[] = [];
  for (const output of looked.value.outputs) {
    const { size, transform, window, geometry } = output;
    yield "resize";
    const resized = plan.inPlace
      ? bitmap
      : resizeUpright(decoded.value, transform, { window, to: geometry.scaled });
    yield "finish";
    const finished = applySteps(resized, { workspace, output, colours });
    yield "encode";
    const encoded = encode({
      encoders: codecs.encoders,
      picture: { workspace, bitmap: finished },
      output,
      attachments,
      source: { info, bytes: source.length },
    });
    if (!encoded.ok) return encoded;
    workspace.free(finished.pointer);
    renditions.push({ bytes: encoded.value, ...size, format: transform.format });
  }
  if (!plan.inPlace) workspace.free(bitmap.pointer);
  return ok(renditions);
}

/** The plan made exact where it depends on what the picture shows; its memory is checked again. */
function* look(decoded: DecodedSource, plan: RenderPlan, sourceBytes: number): Stages<RenderPlan> {
  if (!plan.outputs.some(needsFindings)) return ok(plan);
  yield "look";
  const findings = plan.outputs.map((output) => find(decoded, output));
  return replan(decoded.info, plan, findings, sourceBytes);
}

function attachmentsOf(
  source: Uint8Array,
  info: ImageInfo,
  { outputs }: RenderPlan,
  { carried }: Colours,
): Attachments {
  const wantsExif = outputs.some(({ transform }) => transform.metadata !== "none");
  const exif = wantsExif ? readExif(source, info.format) : undefined;
  return { ...(carried && { icc: carried }), ...(exif && { exif }) };
}
