import type { ImageInfo } from "../core/image/image-info.ts";
import { probe } from "../core/image/probe.ts";
import type { Refusal } from "../core/image/refusal.ts";
import { planOverlay } from "../core/plan/plan.ts";
import type { OverlaySource } from "../core/plan/overlay-placement.ts";
import type { RenderPlan } from "../core/plan/render-plan.ts";
import { err, ok, type Result } from "../core/result.ts";
import { DamagedSource, rgbaOf } from "./codecs/codec.ts";
import { createCodecs, type Codecs, type EngineModules } from "./codecs/codec-set.ts";
import { coloursOf, toSrgb } from "./colour/colour.ts";
import { decode } from "./decode.ts";
import type { OverlayPicture } from "./draw-overlay.ts";
import { resizeUpright } from "./resize-upright.ts";
import { runStages, type StageWatch } from "./stages.ts";

/** What the overlay's header says. */
export function readOverlay(file: Uint8Array): Result<OverlaySource, Refusal> {
  const answer = probe(file, true);
  return answer.kind === "image"
    ? ok({ info: answer.info, bytes: file.length })
    : err({ ...answer.refusal, of: "overlay" });
}

/** Decodes an overlay with codecs of its own, whose memory goes when they do. `sourceBytes` are held meanwhile. */
export function decodeOverlay(
  modules: EngineModules,
  file: Uint8Array,
  source: OverlaySource,
  sourceBytes: number,
  watch: StageWatch,
): Result<OverlayPicture, Refusal> {
  const attempt = (samples?: RenderPlan["samples"]) => {
    const plan = planOverlay(source, sourceBytes, samples);
    if (!plan.ok) return plan;
    const codecs = createCodecs(modules);
    const decoded = runStages(decodeWhole(codecs, file, source, plan.value), watch);
    return decoded.ok ? decoded : err({ ...decoded.error, of: "overlay" } as const);
  };
  try {
    return attempt();
  } catch (cause) {
    if (!(cause instanceof DamagedSource)) throw cause;
    return cause.refusal ? err({ ...cause.refusal, of: "overlay" }) : attempt("pixels");
  }
}

function* decodeWhole(
  codecs: Codecs,
  file: Uint8Array,
  source: OverlaySource,
  plan: RenderPlan,
): Generator<"decode", Result<OverlayPicture, Refusal>> {
  yield "decode";
  const info: ImageInfo = source.info;
  const decoded = decode(codecs, file, info, plan);
  const [output] = plan.outputs;
  if (!decoded.ok) return decoded;
  if (!output) throw new Error("a plan without an output");
  const { workspace } = decoded.value;
  const { window, geometry, transform } = output;
  const bitmap = resizeUpright(decoded.value, transform, { window, to: geometry.scaled });
  if (decoded.value.samples === "planes") decoded.value.finish();
  toSrgb(workspace, bitmap, coloursOf(decoded.value.icc));
  const { width, height, opaque } = bitmap;
  return ok({ source, width, height, opaque, rgba: rgbaOf({ workspace, bitmap }).slice() });
}
