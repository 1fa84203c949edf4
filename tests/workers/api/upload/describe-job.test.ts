import sharp, { type Sharp } from "sharp";
import { expect, test } from "vitest";
import { describeJob } from "../../../../workers/api/upload/describe-job.ts";
import { heldPicture } from "../../../../workers/api/upload/picture.ts";

/** The formats that a picture's outputs get, for a client that accepts so. */
async function formats(picture: Sharp, options: [string, string][], accept: string) {
  const held = heldPicture(new Uint8Array(await picture.png().toBuffer()));
  if (!held.ok) throw new Error(held.error.detail);
  const spec = describeJob({ picture: held.value, options }, accept);
  if (!spec.ok) throw new Error(spec.error.detail);
  return spec.value.transforms.map(({ format }) => format);
}

const transparent = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 4, background: { r: 9, g: 9, b: 9, alpha: 0.5 } } });

test("auto is what the client would like best", async () => {
  expect(await formats(transparent(300, 200), [["width", "100"]], "image/webp")).toEqual(["webp"]);
});

test("auto is an older format where the newer one's encoder would need too much memory", async () => {
  const asked: [string, string][] = [["width", "1800"]];
  expect(await formats(transparent(1800, 1400), asked, "image/webp")).toEqual(["png"]);
});

test("a format that was named stays, and is refused", async () => {
  const asked: [string, string][] = [
    ["width", "1800"],
    ["format", "webp"],
  ];
  await expect(formats(transparent(1800, 1400), asked, "*/*")).rejects.toThrow(/MiB/);
});
