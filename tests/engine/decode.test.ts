import { describe, expect, test } from "vitest";
import { planRender } from "../../core/plan/plan.ts";
import { err, ok } from "../../core/result.ts";
import type { RenderTransform } from "../../core/transform/transform.ts";
import type { Codecs } from "../../engine/codecs/codec-set.ts";
import type { Decoded, Decoder, DecodeRequest, Encoders } from "../../engine/codecs/codec.ts";
import { allowsPartial, decode, type DecodePlan } from "../../engine/decode.ts";
import { allocateBitmap } from "../../engine/pixels/bitmap.ts";
import { pictureInfo } from "../core/image/picture-info.ts";
import { newWorkspace } from "./pixels/fixtures.ts";
import { transform } from "./scene.ts";

const info = pictureInfo({ format: "png", width: 61, height: 41 });
const file = Uint8Array.of(1, 2, 3);
const workspace = newWorkspace();
const pixels = (width: number, height: number): Decoded => ({
  samples: "pixels",
  workspace,
  bitmap: allocateBitmap(workspace, width, height, true),
});
const planes = (width: number, height: number): Decoded => ({
  samples: "planes",
  workspace,
  size: { width, height },
  planes: [],
  finish: () => {},
  free: () => {},
});

function planOf(...outputs: readonly Partial<RenderTransform>[]) {
  const plan = planRender(info, outputs.map(transform), 1000);
  if (!plan.ok) throw new Error("No plan");
  return plan.value;
}

/** Decodes with a decoder that answers `answer`, and gives what it was asked. */
function decoded(answer: ReturnType<Decoder["decode"]>, about: Partial<DecodePlan> = {}) {
  const asked: DecodeRequest[] = [];
  const decoder: Decoder = {
    decode(source, request, header) {
      expect([source, header]).toEqual([file, info]);
      asked.push(request);
      return answer;
    },
    wasmBytes: 0,
  };
  const codecs = { decoders: { png: decoder }, encoders: {} as Encoders, workspace };
  const plan = { ...planOf({ format: "json" }), ...about };
  return { result: decode(codecs as unknown as Codecs, file, info, plan), request: asked[0] };
}

describe("a decoded picture", () => {
  test.each([
    { shrink: 1, of: pixels(61, 41) },
    { shrink: 2, of: pixels(31, 21) },
    { shrink: 8, of: planes(8, 6) },
  ])("has the size that its header says, less the shrink: $shrink", ({ shrink, of }) => {
    expect(decoded(ok(of), { shrink }).result).toEqual(ok({ ...of, info, shrink }));
  });

  test.each([pixels(60, 41), pixels(61, 42), planes(62, 41), planes(61, 40)])(
    "of any other size is refused",
    (of) => {
      expect(decoded(ok(of), { shrink: 1 }).result).toMatchObject({
        ok: false,
        error: { reason: "corrupt_image" },
      });
    },
  );

  test("that its decoder refuses is refused", () => {
    const refused = err({ reason: "truncated_image", detail: "cut off" } as const);
    expect(decoded(refused).result).toEqual(refused);
  });
});

describe("a decoder is asked", () => {
  test("for pixels or planes, as small and in whose memory the plan says", () => {
    const { request } = decoded(ok(pixels(31, 21)), { shrink: 2, samples: "pixels" });
    expect(request).toMatchObject({ shrink: 2, asPixels: true, workspace, partial: false });
    const other = decoded(ok(planes(61, 41)), { shrink: 1, samples: "planes" });
    expect(other.request).toMatchObject({ shrink: 1, asPixels: false });
  });

  test("for what there is of a damaged picture where every output allows it", () => {
    const allow = { format: "json", partial: "allow" } as const;
    const partialOf = (...outputs: readonly Partial<RenderTransform>[]) => {
      const plan = planOf(...outputs);
      expect(
        decoded(ok(pixels(61, 41)), { outputs: plan.outputs, shrink: 1 }).request?.partial,
      ).toBe(allowsPartial(plan.outputs));
      return allowsPartial(plan.outputs);
    };
    expect(partialOf(allow)).toBe(true);
    expect(partialOf(allow, allow)).toBe(true);
    expect(partialOf(allow, { format: "json" })).toBe(false);
    expect(allowsPartial([])).toBe(false);
  });
});
