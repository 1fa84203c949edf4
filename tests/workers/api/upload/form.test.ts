import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { limits } from "../../../../core/limits.ts";
import { describeJob } from "../../../../workers/api/upload/describe-job.ts";
import { readUpload } from "../../../../workers/api/upload/upload.ts";

const picture = async (width: number, height: number) => {
  const noise = { type: "gaussian", mean: 128, sigma: 60 } as const;
  const created = sharp({ create: { width, height, channels: 3, background: "teal", noise } });
  return new Uint8Array(await created.jpeg({ quality: 95 }).toBuffer());
};

const small = await picture(60, 40);
const images = { held: await picture(100, 80), streamed: await picture(1400, 1000) };

async function read(parts: readonly (readonly [name: string, value: string | Uint8Array])[]) {
  const form = new FormData();
  for (const [name, value] of parts) {
    if (typeof value === "string") form.append(name, value);
    else form.append(name, new File([new Uint8Array(value)], "picture"));
  }
  const encoded = new Response(form);
  const type = encoded.headers.get("Content-Type") ?? "";
  const body = await encoded.arrayBuffer();
  const request = new Request("https://x/v1/jobs", {
    method: "POST",
    body,
    headers: { "Content-Type": type, "Content-Length": String(body.byteLength) },
  });
  const upload = await readUpload(request, new URL(request.url));
  if (!upload.ok) return { refused: upload.error.detail };
  const spec = describeJob(upload.value, null);
  await upload.value.picture.rest?.cancel();
  return spec.ok ? { spec: spec.value } : { refused: spec.error.detail, problem: spec.error };
}

describe.each(["held", "streamed"] as const)("a form whose picture is %s", (size) => {
  const image = images[size];

  test("may bring an overlay, which every output draws", async () => {
    const { spec } = await read([
      ["output", "width=50,format=png,overlay.top=3"],
      ["output", "width=40,format=png"],
      ["overlay", small],
      ["image", image],
    ]);
    expect(spec?.overlay).toEqual({ bytes: small.length, width: 60, height: 40, format: "jpeg" });
    expect(spec?.transforms.map(({ overlay }) => overlay)).toEqual([{ top: 3 }, {}]);
  });

  test("costs more with an overlay", async () => {
    const plain = await read([["image", image]]);
    const drawn = await read([
      ["overlay", await picture(1000, 900)],
      ["image", image],
    ]);
    expect(plain.spec?.overlay).toBeUndefined();
    expect(drawn.spec?.computeUnits).toBeGreaterThan(plain.spec?.computeUnits ?? Infinity);
  });

  test("is refused with an option for an overlay that is not there", async () => {
    const { refused, problem } = await read([
      ["output", "overlay.opacity=0.5"],
      ["image", image],
    ]);
    expect(problem).toMatchObject({ code: "invalid-option", option: "overlay.opacity" });
    expect(refused).toMatch(/overlay\.opacity needs a second picture/);
  });

  test("is refused with an overlay that is no picture, or too large", async () => {
    const noPicture = await read([
      ["overlay", new Uint8Array(700)],
      ["image", image],
    ]);
    expect(noPicture.refused).toMatch(/^The overlay cannot be drawn\./);
    const long = await read([
      ["overlay", new Uint8Array(limits.overlayBytesMax + 1)],
      ["image", image],
    ]);
    expect(long.refused).toMatch(/overlay may have/);
  });

  test("has one overlay at most", async () => {
    const twice = await read([
      ["overlay", small],
      ["overlay", small],
      ["image", image],
    ]);
    expect(twice.refused).toMatch(/at most one in `overlay`/);
  });
});
