import { describe, expect, test } from "vitest";
import { limits } from "../../core/limits.ts";
import { ok } from "../../core/result.ts";
import { runStages, type Stage, type Stages } from "../../engine/stages.ts";

/** Runs stages, each of which takes as long as `takes` says, and then `ends`. */
function run(takes: Partial<Record<Stage, number>>, ends: () => string = () => "done") {
  let time = 5000;
  const told: Stage[] = [];
  function* work(): Stages<string> {
    for (const stage of ["decode", "resize", "encode"] as const) {
      yield stage;
      time += takes[stage] ?? 0;
    }
    return ok(ends());
  }
  const onStage = (stage: Stage) => void told.push(stage);
  const result = () => runStages(work(), { now: () => time, onStage });
  return { result, told };
}

const fail = (error: unknown) => () => {
  throw error;
};
const millisMax = limits.renderMillisMax;

test("each stage is told as it begins, and the last word is the result", () => {
  const { result, told } = run({ decode: millisMax - 1, resize: 1, encode: 1 });
  expect(result()).toEqual(ok("done"));
  expect(told).toEqual(["decode", "resize", "encode"]);
});

test("a render whose time is over begins no other stage", () => {
  const { result, told } = run({ resize: millisMax + 1 });
  expect(result()).toEqual({ ok: false, error: { reason: "render_timeout", millisMax } });
  expect(told).toEqual(["decode", "resize"]);
});

describe("what is thrown", () => {
  test.each([new WebAssembly.RuntimeError("unreachable"), new RangeError("memory")])(
    "by a codec is a refusal that names the stage: %s",
    (error) => {
      const refusal = { ok: false, error: { reason: "render_crashed", stage: "encode" } };
      expect(run({}, fail(error)).result()).toEqual(refusal);
    },
  );

  test("before the first stage counts as decoding", () => {
    const stages = {
      next: fail(new RangeError("memory")),
    } as unknown as Stages<string>;
    const result = runStages(stages, { now: () => 0, onStage: () => {} });
    expect(result).toEqual({ ok: false, error: { reason: "render_crashed", stage: "decode" } });
  });

  test("by a mistake of ours is thrown on", () => {
    expect(run({}, fail(new TypeError("mistake"))).result).toThrow(TypeError);
  });
});
