import { expect, test } from "vitest";
import { completeTransform } from "../../../core/transform/options-to-transform.ts";
import type { RenderTransform } from "../../../core/transform/transform.ts";
import { defaults } from "./default-transform.ts";

test("a transform that was stored before an option was there has its default, and keeps what it says", () => {
  const { gamma: _gamma, partial: _partial, ...older } = defaults;
  const stored = { ...older, format: "webp", width: 320, blur: 3, trim: undefined } as const;
  expect(completeTransform(stored as unknown as RenderTransform)).toEqual({
    ...defaults,
    format: "webp",
    width: 320,
    blur: 3,
  });
});
