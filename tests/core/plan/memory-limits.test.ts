import { describe, expect, test } from "vitest";
import { limits } from "../../../core/limits.ts";
import { planOverlay } from "../../../core/plan/plan.ts";
import { pictureInfo } from "../image/picture-info.ts";
import { planned } from "./photo.ts";

/** What it is refused for; what it would have had, otherwise. */
function answerTo(...asked: Parameters<typeof planned>) {
  const plan = planned(...asked);
  if (plan.ok) return plan.value.peakWasmBytes;
  return plan.error.reason === "over_memory_plan" ? plan.error : plan.error.reason;
}

describe("what fits is planned, to the byte,", () => {
  test("in what the isolate has left when it holds the file", () => {
    const gif = { format: "gif", width: 800, height: 600 } as const;
    const needed = (bytes: number) => answerTo(gif, [{ width: 100 }], bytes);
    const own = 2_400_000;
    expect(needed(limits.isolateBytesMax - own)).toBeLessThan(own);
    expect(needed(limits.isolateBytesMax - own + 1)).toEqual({
      reason: "over_memory_plan",
      bytes: limits.isolateBytesMax + 1,
      bytesMax: limits.isolateBytesMax,
    });
  });

  /** Its decoder holds the file. */
  const webp = { format: "webp", lossless: true, width: 100, height: 100 } as const;
  const square = (side: number) =>
    ({ width: side, height: side, fit: "squeeze", format: "webp", quality: 100 }) as const;

  test("in linear memory", () => {
    const needed = (bytes: number) => answerTo(webp, [square(1000)], bytes);
    const least = 1_000_000;
    const more = limits.wasmBytesMax - Number(needed(least));
    expect(needed(least + more)).toBe(limits.wasmBytesMax);
    expect(needed(least + more + 1)).toEqual({
      reason: "over_memory_plan",
      bytes: limits.wasmBytesMax + 1,
      bytesMax: limits.wasmBytesMax,
    });
  });

  test("in linear memory, where the isolate has no room for it", () => {
    const needed = (bytes: number) => answerTo(webp, [square(800)], bytes);
    const least = 1_000_000;
    const filling = least + limits.wasmBytesMax - Number(needed(least));
    expect(needed(filling)).toEqual({
      reason: "over_memory_plan",
      bytes: limits.wasmBytesMax + filling,
      bytesMax: limits.isolateBytesMax,
    });
  });
});

describe("an overlay", () => {
  const sourceBytes = 100_000;
  const overlay = { info: pictureInfo({ format: "jpeg", width: 500, height: 400 }), bytes: 70_000 };

  test("of too many pixels is refused with what is read", () => {
    const large = { ...overlay, info: pictureInfo({ width: 2000, height: 1001 }) };
    expect(planOverlay(large, sourceBytes)).toMatchObject({
      error: {
        detail:
          "The overlay has 2000 × 1001 pixels; at most 2 million are allowed. Send a smaller one.",
      },
    });
  });

  test("that does not fit is refused with both files counted", () => {
    const source = limits.isolateBytesMax;
    const plan = planOverlay(overlay, sourceBytes);
    if (!plan.ok) throw new Error(plan.error.reason);
    expect(planOverlay(overlay, source)).toEqual({
      ok: false,
      error: {
        reason: "over_memory_plan",
        bytes: plan.value.peakWasmBytes + overlay.bytes + source,
        bytesMax: limits.isolateBytesMax,
      },
    });
  });

  test("is decoded as its decoder says, where that is known", () => {
    const samples = (known?: "pixels" | "planes") => {
      const plan = planOverlay(overlay, sourceBytes, known);
      return plan.ok && plan.value.samples;
    };
    expect(samples()).toBe("planes");
    expect(samples("pixels")).toBe("pixels");
  });
});
