import { describe, expect, test } from "vitest";
import { probe } from "../../../../core/image/probe.ts";
import { bytes, gif, gifControl, gifPicture, gifTrailer, u16 } from "../made-headers.ts";

const whole = [0, 0, 24, 16] as const;
const info = (source: Uint8Array) => {
  const answer = probe(source, true);
  return answer.kind === "image" ? answer.info : answer;
};
/** A screen with a colour table of so many entries. */
const withTable = (entries: number, ...blocks: readonly Uint8Array[]) =>
  bytes(
    "GIF89a",
    ...[u16(24, "little"), u16(16, "little"), 0x80 | (Math.log2(entries) - 1), 0, 0],
    ...[new Uint8Array(3 * entries).fill(0x3b), ...blocks],
  );
const local = (entries: number) => {
  const flags = 0x80 | (Math.log2(entries) - 1);
  const picture = gifPicture(whole, flags);
  return bytes(
    picture.subarray(0, 10),
    new Uint8Array(3 * entries).fill(0x3b),
    picture.subarray(10),
  );
};

describe("a GIF", () => {
  test.each([2, 4, 256])("is read behind a colour table of %i", (entries) => {
    expect(info(withTable(entries, gifPicture(whole), gifTrailer))).toMatchObject({ frames: 1 });
    expect(info(gif(24, 16, local(entries), local(entries), gifTrailer))).toMatchObject({
      frames: 2,
    });
  });

  test("is transparent where a control before its first picture says so", () => {
    const clear = (...blocks: readonly Uint8Array[]) => info(gif(24, 16, ...blocks, gifTrailer));
    expect(clear(gifControl(true), gifPicture(whole))).toMatchObject({ hasAlpha: true });
    expect(clear(gifControl(false), gifPicture(whole))).toMatchObject({ hasAlpha: false });
    expect(clear(gifControl(true), gifControl(false), gifPicture(whole))).toMatchObject({
      hasAlpha: false,
    });
    expect(clear(gifPicture(whole), gifControl(true), gifPicture(whole))).toMatchObject({
      hasAlpha: false,
      frames: 2,
    });
    const comment = bytes(0x21, 0xfe, 4, 1, 1, 1, 1, 0);
    expect(clear(comment, gifPicture(whole))).toMatchObject({ hasAlpha: false });
  });

  test("counts its frames to the trailer, or to what is no block, and no further", () => {
    const two = [gifPicture(whole), gifControl(true), gifPicture(whole)];
    expect(info(gif(24, 16, ...two))).toMatchObject({ frames: 0 });
    expect(info(gif(24, 16, ...two, gifTrailer, gifPicture(whole)))).toMatchObject({ frames: 2 });
    expect(info(gif(24, 16, ...two, bytes(0x2a)))).toMatchObject({ frames: 2 });
    expect(info(gif(24, 16, ...two, bytes(0x21, 0xfe, 9, 1)))).toMatchObject({ frames: 0 });
  });

  test("has runs of any number before its end", () => {
    const picture = bytes(gifPicture(whole).subarray(0, 11), 1, 7, 2, 7, 7, 0);
    expect(info(gif(24, 16, picture, picture, gifTrailer))).toMatchObject({ frames: 2 });
  });

  test.each([
    [[0, 0, 0, 9], { width: 24, height: 16 }],
    [[0, 0, 9, 0], { width: 24, height: 16 }],
    [[2, 3, 24, 16], { width: 26, height: 19 }],
    [[2, 3, 4, 5], { width: 24, height: 16 }],
  ] as const)("with a picture at %j is %j large", (rectangle, size) => {
    expect(info(gif(24, 16, gifPicture(rectangle), gifTrailer))).toMatchObject(size);
  });

  test.each([
    [9, 0, [0, 5, 0, 9]],
    [0, 9, [5, 0, 9, 0]],
    [0, 0, [0, 0, 0, 0]],
  ] as const)(
    "of %i × %i is empty where its picture %j is, wherever that lies",
    (width, height, picture) => {
      expect(info(gif(width, height, gifPicture(picture), gifTrailer))).toMatchObject({
        refusal: { detail: "The GIF's first picture is empty" },
      });
    },
  );

  test("that ends before a picture holds none", () => {
    expect(info(gif(24, 16, gifControl(true), gifTrailer))).toMatchObject({
      refusal: { detail: "The GIF holds no picture" },
    });
  });

  test("whose first picture is cut off is cut off", () => {
    const picture = gifPicture(whole);
    expect(info(gif(24, 16, picture.subarray(0, 9)))).toMatchObject({
      refusal: { reason: "truncated_image" },
    });
    expect(info(gif(24, 16, picture.subarray(0, 10)))).toMatchObject({ frames: 0 });
    for (const length of [6, 10, 12, 13]) {
      expect(info(gif(24, 16).subarray(0, length))).toMatchObject({
        refusal: { reason: "truncated_image" },
      });
    }
  });
});
