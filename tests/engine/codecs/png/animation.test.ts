import { deflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { rgbaOf } from "../../../../engine/codecs/codec.ts";
import { bytes, png, pngChunk, pngHeader, u16, u32 } from "../../../core/image/made-headers.ts";
import { newWorkspace } from "../../pixels/fixtures.ts";
import { infoOf, newPngDecoder } from "../codecs.ts";

const decoder = newPngDecoder();
/** Grey, of these rows. */
const rows = (...values: readonly (readonly number[])[]) =>
  deflateSync(bytes(...values.map((row) => bytes(0, ...row))));
const header = pngHeader({ width: 2, height: 2, colourType: 0 });
const acTL = pngChunk("acTL", bytes(u32(2), u32(5)));
const control = (width: number, height: number, left: number, top: number) =>
  pngChunk(
    "fcTL",
    bytes(u32(0), u32(width), u32(height), u32(left), u32(top), u16(1), u16(10), 2, 1),
  );
const end = pngChunk("IEND");
const first = [control(2, 2, 0, 0), pngChunk("IDAT", rows([10, 20], [30, 40]))];
const second = [control(1, 1, 1, 1), pngChunk("fdAT", bytes(u32(1), rows([99])))];
const damagedSecond = [control(1, 1, 1, 1), pngChunk("fdAT", bytes(u32(1), 1, 2, 3))];

function framesOf(...chunks: readonly Uint8Array[]) {
  const workspace = newWorkspace();
  const info = { ...infoOf("png", 2, 2), frames: 2 };
  const animation = decoder.animation(png(header, ...chunks, end), workspace, info);
  if (!animation.ok) return animation.error;
  const frames = [...animation.value.frames].map((frame) =>
    frame.ok ? { ...frame.value, rgba: [...rgbaOf(frame.value)] } : frame.error,
  );
  return { plays: animation.value.plays, frames };
}
const grey = (...values: readonly number[]) =>
  values.flatMap((value) => [value, value, value, 255]);

describe("an animation's frames", () => {
  test("are decoded one by one, each with its place and how it is shown", () => {
    const shown = { delayMillis: 100, disposal: "restore", isBlended: true, samples: "pixels" };
    expect(framesOf(acTL, ...first, ...second)).toMatchObject({
      plays: 5,
      frames: [
        { left: 0, top: 0, ...shown, rgba: grey(10, 20, 30, 40) },
        { left: 1, top: 1, ...shown, rgba: grey(99) },
      ],
    });
  });

  test("end with why there are no more", () => {
    const { frames } = framesOf(acTL, ...first, ...damagedSecond, ...second) as {
      frames: unknown[];
    };
    expect(frames).toHaveLength(2);
    expect(frames[1]).toMatchObject({ reason: "corrupt_image" });
    const cut = framesOf(acTL, ...first) as { frames: unknown[] };
    expect(cut.frames[1]).toMatchObject({ reason: "truncated_image", detail: "1 frames of 2" });
  });

  test("are none where the file says nothing of an animation", () => {
    expect(framesOf(...first)).toEqual({
      reason: "corrupt_image",
      detail: "an animation without acTL",
    });
  });
});
