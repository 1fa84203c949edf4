import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { probe } from "../../../../core/image/probe.ts";
import { extendedHeader, flags, riff, riffChunk } from "../../../../engine/codecs/webp/riff.ts";
import { scene } from "../../pixels/fixtures.ts";
import { newWebpDecoder, outcome } from "../codecs.ts";

describe("chunks are read as libwebp's demuxer reads them", async () => {
  const size = { width: 16, height: 16 };
  const pixels = sharp(scene(16, 16), { raw: { ...size, channels: 4 } }).removeAlpha();
  const still = new Uint8Array(await pixels.webp().toBuffer());
  const picture = still.subarray(12);
  const animated = extendedHeader(size, flags.animation);
  const control = riffChunk("ANIM", new Uint8Array(6));
  const header = new Uint8Array(16);
  header.set([15, 0, 0, 15, 0, 0, 90], 6);
  const frame = (...inside: readonly Uint8Array[]) =>
    riffChunk("ANMF", new Uint8Array(Buffer.concat([header, ...inside])));
  const unknown = riffChunk("abcd", new Uint8Array(4));
  const alpha = riffChunk("ALPH", new Uint8Array(1 + 256));
  const withPadding = new Uint8Array(Buffer.concat([alpha, new Uint8Array(1)]));
  const hasAlpha = extendedHeader(size, flags.alpha);
  const odd = riffChunk(
    "ALPH",
    Uint8Array.from({ length: 258 }, (_, at) => (at === 0 ? 0x40 : 9)),
  );

  test.each<[string, readonly Uint8Array[], string]>([
    ["a frame", [animated, control, frame(picture)], "decoded"],
    [
      "a frame whose length takes in the next",
      [animated, control, frame(picture, frame(picture))],
      "decoded",
    ],
    [
      "a frame that begins with no picture",
      [animated, control, frame(unknown), frame(picture)],
      "decoded",
    ],
    [
      "a frame with something behind its picture",
      [animated, control, frame(picture, unknown)],
      "decoded",
    ],
    [
      "no frame that begins with a picture",
      [animated, control, frame(unknown, picture)],
      "corrupt_image",
    ],
    ["a frame before ANIM", [animated, frame(picture), control], "corrupt_image"],
    ["a picture that is no frame", [animated, control, picture], "corrupt_image"],
    ["features that do not exist", [extendedHeader(size, 0x40), picture], "corrupt_image"],
    ["alpha", [hasAlpha, withPadding, picture], "decoded"],
    ["alpha behind its picture", [hasAlpha, picture, withPadding], "corrupt_image"],
    [
      "alpha behind a picture that shows none",
      [extendedHeader(size, 0), picture, withPadding],
      "decoded",
    ],
    ["alpha without a canvas", [withPadding, picture], "corrupt_image"],
    ["alpha behind a picture without a canvas", [picture, withPadding], "decoded"],
    ["an unknown chunk in the place of the canvas", [unknown, picture], "corrupt_image"],
    ["alpha with reserved bits", [hasAlpha, odd, picture], "corrupt_image"],
  ])("%s", async (_, chunks, verdict) => {
    const file = riff(chunks);
    const answer = probe(file, true);
    const ours =
      answer.kind === "image" ? outcome(newWebpDecoder(), file, answer.info) : "corrupt_image";
    expect(ours).toBe(verdict);
    const theirs = await sharp(file)
      .raw()
      .toBuffer()
      .then(
        () => "decoded",
        () => "corrupt_image",
      );
    expect(theirs).toBe(verdict);
  });
});
