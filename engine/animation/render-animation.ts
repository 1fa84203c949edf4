import type { ImageInfo } from "../../core/image/image-info.ts";
import type { Refusal } from "../../core/image/refusal.ts";
import { limits } from "../../core/limits.ts";
import { needsFindings, replan } from "../../core/plan/plan.ts";
import type { OutputPlan, RenderPlan } from "../../core/plan/render-plan.ts";
import { err, ok, type Result } from "../../core/result.ts";
import { find } from "../analysis/findings.ts";
import type { AnimationFrame, EncodedFrame } from "../codecs/codec.ts";
import type { Codecs } from "../codecs/codec-set.ts";
import { coloursOf, type Colours } from "../colour/colour.ts";
import { allowsPartial, type DecodedSource } from "../decode.ts";
import { encode } from "../encode.ts";
import type { Rendition } from "../engine.ts";
import type { OverlayPicture } from "../draw-overlay.ts";
import { applySteps } from "../pipeline.ts";
import { resizeUpright } from "../resize-upright.ts";
import type { Stages } from "../stages.ts";
import { AnimationCanvas } from "./canvas.ts";

interface AnimationJob {
  readonly codecs: Codecs;
  readonly source: Uint8Array;
  readonly info: ImageInfo;
  readonly overlay: OverlayPicture | undefined;
}

/**
 * Renders the outputs that stay animations frame by frame, one at a time in memory, and all others from the
 * first frame. What a look at the picture finds is found in the first frame and holds for all.
 */
export function* renderAnimation(
  { codecs, source, info, overlay }: AnimationJob,
  plan: RenderPlan,
): Stages<readonly Rendition[]> {
  yield "decode";
  const { workspace } = codecs;
  const opened = codecs.decoders[info.format].animation?.(source, workspace, info);
  if (!opened) throw new Error(`the plan animates ${info.format}, whose decoder knows no frames`);
  if (!opened.ok) return opened;
  const { plays, frames } = opened.value;

  const canvas = new AnimationCanvas(workspace, info);
  const files: EncodedFrame[][] = plan.outputs.map(() => []);
  let outputs: readonly OutputPlan[] = [];
  let colours: Colours | undefined;
  let bytes = 0;
  let drawn = 0;
  let isPartial = false;
  for (const frame of frames) {
    if (!frame.ok) {
      isPartial = drawn > 0 && allowsPartial(plan.outputs);
      if (isPartial) break;
      return frame;
    }
    if (++drawn > plan.frames) return err(tooManyFrames(info, plan.frames));
    canvas.draw(frame.value);
    colours ??= coloursOf(frame.value.icc);
    const shown = { samples: "pixels", workspace, bitmap: canvas.bitmap, info, shrink: 1 } as const;
    if (drawn === 1) {
      const looked = yield* look(shown, plan, source.length);
      if (!looked.ok) return looked;
      outputs = looked.value.outputs;
    }
    for (const [index, output] of outputs.entries()) {
      if (drawn > 1 && output.frames === 1) continue;
      yield "resize";
      const encoded = renderFrame(codecs, shown, output, { colours, overlay, source });
      if (!encoded.ok) return encoded;
      bytes += encoded.value.length;
      if (bytes > limits.animationBytesMax) return err(tooManyBytes(bytes));
      files[index]?.push({ file: encoded.value, delayMillis: shownFor(frame.value) });
    }
    yield "decode";
  }
  canvas.free();
  const icc = colours?.carried;
  return ok(
    outputs.map(({ size, transform: { format } }, index) => {
      const all = files[index] ?? [];
      const joined = all.length > 1 && format !== "json" && codecs.encoders[format].join;
      const file = joined
        ? joined(all, { plays, ...(icc && { icc }) })
        : (all[0]?.file ?? new Uint8Array());
      return { bytes: file, ...size, format, ...(isPartial && { partial: true }) };
    }),
  );
}

/** The plan made exact by what the first frame shows. */
function* look(shown: DecodedSource, plan: RenderPlan, sourceBytes: number): Stages<RenderPlan> {
  if (!plan.outputs.some(needsFindings)) return ok(plan);
  yield "analysis";
  const findings = plan.outputs.map((output) => find(shown, output));
  return replan(shown.info, plan, findings, sourceBytes);
}

function renderFrame(
  { encoders }: Codecs,
  shown: DecodedSource,
  output: OutputPlan,
  { colours, overlay, source }: Pick<AnimationJob, "overlay" | "source"> & { colours: Colours },
): Result<Uint8Array, Refusal> {
  const { workspace, info } = shown;
  const { transform, window, geometry } = output;
  const resized = resizeUpright(shown, transform, { window, to: geometry.scaled });
  const bitmap = applySteps(resized, { workspace, output, colours, overlay });
  const { carried } = colours;
  const encoded = encode({
    encoders,
    picture: { workspace, bitmap },
    output: withinShare(output),
    // An animation's profile stands once, before its frames.
    attachments: carried && output.frames === 1 ? { icc: carried } : {},
    source: { info, bytes: source.length },
  });
  workspace.free(bitmap.pointer);
  return encoded;
}

/** Each frame has the same share of `max_bytes`, less what the container adds for each frame and once for the file. */
function withinShare(output: OutputPlan): OutputPlan {
  const { transform, frames } = output;
  if (transform.bytesMax === undefined || frames === 1) return output;
  const bytesMax = Math.floor((transform.bytesMax - containerBytes) / frames) - frameBytes;
  return { ...output, transform: { ...transform, bytesMax: Math.max(1, bytesMax) } };
}

const containerBytes = 64;
const frameBytes = 26;

/** Browsers show for a tenth of a second what asks for less than two hundredths. */
const shownFor = ({ delayMillis }: AnimationFrame) => (delayMillis > 10 ? delayMillis : 100);

const tooManyFrames = ({ width, height }: ImageInfo, framesMax: number): Refusal => ({
  reason: "image_too_large",
  detail: `The animation has more frames than the ${framesMax} that its size allows; anim=false renders the first.`,
  width,
  height,
});

const tooManyBytes = (bytes: number): Refusal => ({
  reason: "over_memory_plan",
  bytes,
  bytesMax: limits.animationBytesMax,
});
