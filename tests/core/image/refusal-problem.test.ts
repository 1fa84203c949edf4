import { expect, test } from "vitest";
import { refusalProblem } from "../../../core/image/refusal-problem.ts";
import type { Refusal } from "../../../core/image/refusal.ts";
import { limits } from "../../../core/limits.ts";

const MiB = 1024 * 1024;
const size = { width: 9, height: 8 };

test.each<[Refusal, string, string | RegExp]>([
  [
    { reason: "unsupported_format", detected: "a BMP picture" },
    "unsupported-format",
    "This is a BMP picture, which is not supported. Send JPEG, PNG, WebP, GIF or AVIF.",
  ],
  [
    { reason: "unsupported_format", detected: "a HEIC picture", remedy: "Switch it on." },
    "unsupported-format",
    "This is a HEIC picture, which is not supported. Switch it on. Send JPEG, PNG, WebP, GIF or AVIF.",
  ],
  [{ reason: "unsupported_format" }, "unsupported-format", /^These bytes are not a picture/],
  [{ reason: "corrupt_image", detail: "The PNG is odd" }, "corrupt-image", /^The PNG is odd\. E/],
  [
    { reason: "corrupt_image", detail: "CRC of IDAT" },
    "corrupt-image",
    /^The picture is damaged: CRC of IDAT\. Export/,
  ],
  [{ reason: "truncated_image", detail: "The GIF ends" }, "truncated-image", /^The GIF ends\. U/],
  [
    { reason: "truncated_image", detail: "inside a chunk" },
    "truncated-image",
    /^The file is cut off: inside a chunk\. Upload/,
  ],
  [{ reason: "image_too_large", detail: "Too large.", ...size }, "image-too-large", "Too large."],
  [
    { reason: "over_memory_plan", bytes: 97 * MiB + 1, bytesMax: 96 * MiB },
    "over-memory-plan",
    /^Rendering needs 98 MiB and 96 MiB are allowed\./,
  ],
  [
    { reason: "output_too_large", ...size },
    "output-too-large",
    `9 × 8 was asked for; a side may have ${limits.outputSideMax} pixels and the whole 16 million.`,
  ],
  [{ reason: "trimmed_away", ...size }, "trimmed-away", /^The picture has 9 × 8 pixels/],
  [{ reason: "over_max_bytes", bytes: 5, bytesMax: 4 }, "over-max-bytes", /has 5 bytes; .* is 4\./],
  [{ reason: "render_timeout", millisMax: 2000 }, "render-timeout", /after 2 s\./],
  [{ reason: "render_crashed", stage: "decode" }, "render-crashed", /^The decode step failed/],
])("%j is told as %s", (refusal, code, detail) => {
  const told = refusalProblem(refusal);
  expect(told.code).toBe(code);
  expect(told.detail).toMatch(
    typeof detail === "string" ? new RegExp(`^${escaped(detail)}$`) : detail,
  );
  const ofOverlay = refusalProblem({ ...refusal, of: "overlay" });
  expect(ofOverlay).toEqual({
    ...told,
    detail: `The overlay cannot be drawn. ${told.detail}`,
  });
});

const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
