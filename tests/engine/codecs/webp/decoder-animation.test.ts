import sharp from "sharp";
import { afterEach, describe, expect, test, vi } from "vitest";
import { rgbaOf } from "../../../../engine/codecs/codec.ts";
import { bytes, webp, webpChunk, webpFrame } from "../../../core/image/made-headers.ts";
import { decodeRequest, newWorkspace } from "../../pixels/fixtures.ts";
import { decoded, infoOf, newWebpDecoder } from "../codecs.ts";

const [animation, hasIcc] = [0x02, 0x20];
/** Of one colour, without loss. */
async function pictureOf(width: number, height: number, background: string): Promise<Uint8Array> {
  const still = await sharp({ create: { width, height, channels: 4, background } })
    .webp({ lossless: true, exact: true })
    .toBuffer();
  const at = still.indexOf("VP8L");
  return new Uint8Array(still.subarray(at));
}
const canvas = (features: number) => webpChunk("VP8X", bytes(features, 0, 0, 0, 3, 0, 0, 3, 0, 0));
const control = webpChunk("ANIM", bytes(0, 0, 0, 0, 3, 0));
const info = { ...infoOf("webp", 4, 4), frames: 2 };

async function framesOf(features: number, ...more: readonly Uint8Array[]) {
  const large = webpFrame({ width: 4, height: 4 }, await pictureOf(4, 4, "#ff0000"));
  const small = webpFrame(
    { left: 2, top: 2, width: 1, height: 1 },
    await pictureOf(1, 1, "#0000ff80"),
  );
  const file = webp(canvas(animation | features), ...more, control, large, small);
  const read = newWebpDecoder().animation(file, newWorkspace(), info);
  if (!read.ok) throw new Error(JSON.stringify(read.error));
  const frames = [...read.value.frames].map((frame) => {
    if (!frame.ok) throw new Error(JSON.stringify(frame.error));
    return { ...frame.value, rgba: [...rgbaOf(frame.value)].slice(0, 4) };
  });
  return { plays: read.value.plays, frames };
}

describe("an animation's frames", () => {
  test("are decoded one by one, each with its place and how it is shown", async () => {
    const { plays, frames } = await framesOf(0);
    expect(plays).toBe(3);
    expect(frames).toMatchObject([
      { left: 0, top: 0, delayMillis: 100, isBlended: true, rgba: [255, 0, 0, 255] },
      { left: 2, top: 2, bitmap: { width: 1, height: 1, opaque: false }, rgba: [0, 0, 255, 128] },
    ]);
    for (const frame of frames) expect(frame).not.toHaveProperty("icc");
  });

  test("have the file's profile", async () => {
    const { frames } = await framesOf(hasIcc, webpChunk("ICCP", bytes("icc")));
    expect(frames.map(({ icc }) => icc)).toEqual([bytes("icc"), bytes("icc")]);
  });

  test("are none where the file is cut", () => {
    expect(
      newWebpDecoder().animation(
        webp(canvas(animation), control).subarray(0, -2),
        newWorkspace(),
        info,
      ),
    ).toMatchObject({
      error: { reason: "truncated_image" },
    });
  });
});

test("colours are weighted by alpha where a picture with alpha is shrunk", async () => {
  const rgba = [...[255, 0, 0, 255], ...[0, 0, 255, 0], ...[0, 0, 255, 0], ...[0, 0, 255, 0]];
  const raw = { width: 2, height: 2, channels: 4 } as const;
  const file = new Uint8Array(
    await sharp(Uint8Array.from(rgba), { raw }).webp({ lossless: true, exact: true }).toBuffer(),
  );
  const one = { ...infoOf("webp", 2, 2), lossless: true, hasAlpha: true };
  const { rgba: shown } = decoded(newWebpDecoder(), file, { info: one, shrink: 2 });
  expect([...shown]).toEqual([255, 0, 0, 64]);
});

describe("a kernel", () => {
  afterEach(() => void vi.restoreAllMocks());

  test("that traps, or finds no memory, crashes one render; another error is not hidden", async () => {
    const file = webp(await pictureOf(4, 4, "#ff0000"));
    const [decoder, request] = [newWebpDecoder(), decodeRequest(info, { asPixels: true })];
    const decodeWith = (cause: Error) => {
      vi.spyOn(WebAssembly, "Instance").mockImplementation(function () {
        throw cause;
      });
      return decoder.decode(file, request, info);
    };
    for (const cause of [new WebAssembly.RuntimeError("trap"), new RangeError("no memory")])
      expect(decodeWith(cause)).toEqual({
        ok: false,
        error: { reason: "render_crashed", stage: "webp decode" },
      });
    expect(() => decodeWith(new TypeError("a mistake"))).toThrow("a mistake");
  });
});
