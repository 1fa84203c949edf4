import { describe, expect, test } from "vitest";
import type { Refusal } from "../../../core/image/refusal.ts";
import { limits } from "../../../core/limits.ts";
import { planRender } from "../../../core/plan/plan.ts";
import { err, ok, type Result } from "../../../core/result.ts";
import type { RenderTransform } from "../../../core/transform/transform.ts";
import { renderAnimation } from "../../../engine/animation/render-animation.ts";
import type { Codecs } from "../../../engine/codecs/codec-set.ts";
import type {
  Animation,
  AnimationFrame,
  Decoder,
  EncodeOptions,
  EncodedFrame,
  Encoder,
  JoinOptions,
} from "../../../engine/codecs/codec.ts";
import type { Stage } from "../../../engine/stages.ts";
import { bytesAt } from "../../../engine/pixels/workspace.ts";
import { pictureInfo } from "../../core/image/picture-info.ts";
import { load, newWorkspace } from "../pixels/fixtures.ts";
import { transform } from "../scene.ts";

const [width, height] = [4, 3];
const info = pictureInfo({ format: "gif", width, height, frames: 3, hasAlpha: true });
const animated = { anim: true, format: "webp" } as const;
const damaged: Refusal = { reason: "corrupt_image", detail: "damaged" };
const icc = tableProfile();

interface Played {
  readonly outputs: readonly Partial<RenderTransform>[];
  /** Each frame is all of one colour, whose red it is; or a refusal. */
  readonly frames?: readonly (number | Refusal)[];
  readonly delays?: readonly number[];
  readonly framesPlanned?: number;
  readonly sourceBytes?: number;
  /** The length of an encoded frame at a quality. */
  readonly bytesOf?: (quality: number) => number;
  readonly profile?: Uint8Array;
  readonly opened?: Result<Animation, Refusal>;
}

/** An animation of made frames through encoders whose files begin with a red: what came of it, and what was asked. */
function played({
  outputs,
  frames = [10, 20, 30],
  delays = [50, 120, 300],
  framesPlanned = 3,
  sourceBytes = 1000,
  bytesOf = () => 8,
  profile,
  opened,
}: Played) {
  const workspace = newWorkspace();
  const first = workspace.allocate(1);
  workspace.free(first);
  const encodedWith: EncodeOptions[] = [];
  const joins: { frames: readonly EncodedFrame[]; options: JoinOptions }[] = [];
  const encoder: Encoder = {
    encode({ bitmap }, options) {
      encodedWith.push(options);
      const bytes = new Uint8Array(bytesOf(options.quality));
      bytes.set(bytesAt(workspace, bitmap.pointer, 1));
      return ok(bytes);
    },
    join(joined, options) {
      joins.push({ frames: joined, options });
      return Uint8Array.from(joined.map(({ file }) => file[0] ?? 0));
    },
    wasmBytes: 0,
  };
  function* made(): Iterable<Result<AnimationFrame, Refusal>> {
    for (const [index, frame] of frames.entries()) {
      if (typeof frame !== "number") {
        yield err(frame);
        continue;
      }
      const pixels = Uint8Array.from(
        { length: 4 * width * height },
        (_, at) => [frame, 0, 0, 255][at % 4] ?? 0,
      );
      const about = { left: 0, top: 0, isBlended: true, disposal: "keep" } as const;
      yield ok({
        samples: "pixels",
        workspace,
        bitmap: load(workspace, pixels, width, height),
        delayMillis: delays[index] ?? 100,
        ...about,
        ...(profile && { icc: profile }),
      });
    }
  }
  const decoder: Decoder = {
    decode: () => err(damaged),
    animation: () => opened ?? ok({ plays: 7, frames: made() }),
    wasmBytes: 0,
  };
  const codecs = {
    workspace,
    decoders: { gif: decoder },
    encoders: { webp: encoder, png: encoder, jpeg: encoder, avif: encoder },
  } as unknown as Codecs;
  const plan = planRender({ ...info, frames: framesPlanned }, outputs.map(transform), 1000);
  if (!plan.ok) throw new Error(plan.error.reason);
  const source = new Uint8Array(sourceBytes);
  const stages: Stage[] = [];
  const run = () => {
    const rendering = renderAnimation({ codecs, source, info, overlay: undefined }, plan.value);
    for (;;) {
      const step = rendering.next();
      if (step.done === true) return step.value;
      stages.push(step.value);
    }
  };
  return { run, stages, encodedWith, joins, workspace, first };
}

const filesOf = (result: ReturnType<ReturnType<typeof played>["run"]>) =>
  result.ok ? result.value.map(({ bytes }) => [...bytes.subarray(0, 3)]) : result.error;

describe("an animation", () => {
  test("is rendered frame by frame, and joined with its delays, repeats and size", () => {
    const { run, stages, joins, workspace, first } = played({ outputs: [animated] });
    expect(run()).toEqual(
      ok([{ bytes: Uint8Array.of(10, 20, 30), width, height, format: "webp" }]),
    );
    expect(stages).toEqual(["decode", "resize", "decode", "resize", "decode", "resize", "decode"]);
    const delays = joins.map(({ frames }) => frames.map(({ delayMillis }) => delayMillis));
    expect(delays).toEqual([[50, 120, 300]]);
    expect(joins[0]?.options).toEqual({ plays: 7 });
    // Nothing is held any more, between one picture and the next either.
    expect(workspace.allocate(100_000)).toBe(first);
  });

  test("is a still picture of its first frame where that is asked for, or one frame is all there is", () => {
    const { run, encodedWith } = played({
      outputs: [animated, { format: "webp" }, { format: "jpeg", quality: 33 }],
    });
    expect(filesOf(run())).toEqual([
      [10, 20, 30],
      [10, 0, 0],
      [10, 0, 0],
    ]);
    expect(encodedWith).toHaveLength(3 + 2);
    const alone = played({ outputs: [animated], frames: [10] });
    expect(filesOf(alone.run())).toEqual([[10, 0, 0]]);
    expect(alone.joins).toEqual([]);
  });

  test("shows a tenth of a second what asks for a hundredth or less", () => {
    const { run, joins } = played({ outputs: [animated], delays: [0, 10, 11] });
    run();
    expect(joins[0]?.frames.map(({ delayMillis }) => delayMillis)).toEqual([100, 100, 11]);
  });

  test("carries its profile once, and a still picture its own", () => {
    const { run, joins, encodedWith } = played({
      outputs: [animated, { format: "jpeg" }],
      profile: icc,
    });
    run();
    expect(joins[0]?.options).toEqual({ plays: 7, icc });
    expect(encodedWith.map((options) => options.icc)).toEqual([
      undefined,
      icc,
      undefined,
      undefined,
    ]);
  });

  test("is looked at once, in its first frame, where an output asks for that", () => {
    const cover = { ...animated, width: 2, height: 2, fit: "cover", gravity: "auto" } as const;
    const { run, stages } = played({ outputs: [cover, { format: "png" }] });
    expect(run()).toMatchObject({
      ok: true,
      value: [
        { width: 2, height: 2 },
        { width, height },
      ],
    });
    expect(stages.filter((stage) => stage === "analysis")).toHaveLength(1);
    expect(stages.slice(0, 3)).toEqual(["decode", "analysis", "resize"]);
  });

  test("has no more frames than the plan", () => {
    const refused = { reason: "image_too_large", width, height };
    expect(filesOf(played({ outputs: [animated], framesPlanned: 2 }).run())).toMatchObject(refused);
    expect(played({ outputs: [animated], framesPlanned: 3 }).run().ok).toBe(true);
  });
});

describe("max_bytes of an animation", () => {
  const bytesOf = (quality: number) => 100 * quality;
  /** The lengths of its frames' files. */
  const share = (bytesMax: number) => {
    const output = { ...animated, bytesMax, quality: 80 };
    const { run, joins } = played({ outputs: [output], bytesOf });
    const result = run();
    return result.ok ? joins[0]?.frames.map(({ file }) => file.length) : result.error;
  };

  test("is shared by its frames, less what the file takes around them", () => {
    expect(share(3 * (1000 + 26) + 64)).toEqual([1000, 1000, 1000]);
    expect(share(3 * (1000 + 26) + 63)).toEqual([900, 900, 900]);
    expect(share(3 * (100 + 26) + 63)).toMatchObject({ reason: "over_max_bytes", bytesMax: 99 });
    expect(share(10)).toMatchObject({ reason: "over_max_bytes", bytesMax: 1 });
  });

  test("is the whole of a still picture's", () => {
    const still = { format: "webp", bytesMax: 1000, quality: 80 } as const;
    const result = played({ outputs: [still, animated], bytesOf }).run();
    expect(result.ok && result.value[0]?.bytes.length).toBe(1000);
  });
});

describe("an animation is refused", () => {
  test("where its decoder refuses it", () => {
    expect(filesOf(played({ outputs: [animated], opened: err(damaged) }).run())).toEqual(damaged);
  });

  test("at a damaged frame, unless what there is is allowed", () => {
    const frames = [10, 20, damaged];
    const allow = { ...animated, partial: "allow" } as const;
    expect(filesOf(played({ outputs: [animated], frames }).run())).toEqual(damaged);
    expect(filesOf(played({ outputs: [allow, animated], frames }).run())).toEqual(damaged);
    expect(filesOf(played({ outputs: [allow], frames: [damaged] }).run())).toEqual(damaged);
    expect(played({ outputs: [allow], frames }).run()).toMatchObject({
      ok: true,
      value: [{ bytes: Uint8Array.of(10, 20), partial: true }],
    });
  });

  test("where its encoded frames outgrow what is held of them, all together", () => {
    const third = Math.floor(limits.animationBytesMax / 3);
    expect(played({ outputs: [animated], bytesOf: () => third }).run().ok).toBe(true);
    expect(filesOf(played({ outputs: [animated], bytesOf: () => third + 1 }).run())).toEqual({
      reason: "over_memory_plan",
      bytes: 3 * (third + 1),
      bytesMax: limits.animationBytesMax,
    });
  });

  test("where what its first frame shows makes it need too much memory", () => {
    const cover = { ...animated, width: 2, height: 2, fit: "cover", gravity: "auto" } as const;
    const sourceBytes = limits.isolateBytesMax;
    expect(filesOf(played({ outputs: [cover], sourceBytes }).run())).toMatchObject({
      reason: "over_memory_plan",
    });
    // What needs no look is rendered as planned.
    expect(played({ outputs: [animated], sourceBytes }).run().ok).toBe(true);
  });
});

test("a format that has no frames is never planned as an animation", () => {
  const { run } = played({ outputs: [animated] });
  expect(run().ok).toBe(true);
  const codecs = { workspace: newWorkspace(), decoders: { gif: {} } } as unknown as Codecs;
  const plan = planRender(info, [transform(animated)], 1000);
  if (!plan.ok) throw new Error(plan.error.reason);
  const job = { codecs, source: new Uint8Array(1), info, overlay: undefined };
  const rendering = renderAnimation(job, plan.value);
  expect(rendering.next().value).toBe("decode");
  expect(() => rendering.next()).toThrow("knows no frames");
});

/** An ICC profile of RGB by tables, which is carried and never converted. */
function tableProfile(): Uint8Array {
  const profile = Buffer.alloc(128 + 4 + 12 + 16);
  profile.write("RGB XYZ ", 16, "latin1");
  profile.write("acsp", 36, "latin1");
  profile.writeUInt32BE(1, 128);
  profile.write("A2B0", 132, "latin1");
  profile.writeUInt32BE(144, 136);
  profile.writeUInt32BE(16, 140);
  return new Uint8Array(profile);
}
