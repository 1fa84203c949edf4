import sharp from "sharp";
import { expect, test } from "vitest";
import { probe } from "../../../core/image/probe.ts";
import { createCodecs } from "../../../engine/codecs/codec-set.ts";
import { loadEngineModules } from "../../../engine/modules-node.ts";
import { decodeRequest, scene } from "../pixels/fixtures.ts";

const modules = await loadEngineModules();
const [width, height] = [40, 30];
const picture = sharp(scene(width, height), { raw: { width, height, channels: 4 } }).removeAlpha();

test.each(["jpeg", "png", "webp", "gif", "avif"] as const)(
  "a %s is read by the decoder of its format, and written by its encoder",
  async (format) => {
    const codecs = createCodecs(modules);
    const file = new Uint8Array(await picture.clone().toFormat(format).toBuffer());
    const probed = probe(file, true);
    if (probed.kind !== "image") throw new Error(probed.kind);
    const request = {
      ...decodeRequest(probed.info, { asPixels: true }),
      workspace: codecs.workspace,
    };
    const decoded = codecs.decoders[format].decode(file, request, probed.info);
    if (!decoded.ok || decoded.value.samples !== "pixels") throw new Error("no pixels");
    const written = format === "gif" ? "png" : format;
    const encoded = codecs.encoders[written].encode(decoded.value, { quality: 80 });
    if (!encoded.ok) throw new Error(encoded.error.reason);
    const metadata = await sharp(encoded.value).metadata();
    expect(metadata).toMatchObject({
      width,
      height,
      format: written === "avif" ? "heif" : written,
    });
  },
);

test("their memory is that of every codec that was used, and of the pictures", async () => {
  const codecs = createCodecs(modules);
  const pageBytes = 65_536;
  expect(codecs.wasmBytes()).toBe(pageBytes);
  codecs.workspace.allocate(10 * pageBytes);
  expect(codecs.wasmBytes()).toBe(11 * pageBytes);

  const file = new Uint8Array(await picture.clone().webp().toBuffer());
  const probed = probe(file, true);
  if (probed.kind !== "image") throw new Error(probed.kind);
  const request = { ...decodeRequest(probed.info), workspace: codecs.workspace };
  const decoded = codecs.decoders.webp.decode(file, { ...request, asPixels: true }, probed.info);
  if (!decoded.ok || decoded.value.samples !== "pixels") throw new Error("no pixels");
  const read = codecs.decoders.webp.wasmBytes;
  expect(codecs.wasmBytes()).toBe(11 * pageBytes + read);
  codecs.encoders.avif.encode(decoded.value, { quality: 50 });
  expect(codecs.encoders.avif.wasmBytes).toBeGreaterThan(pageBytes);
  expect(codecs.wasmBytes()).toBe(11 * pageBytes + read + codecs.encoders.avif.wasmBytes);
});

test("a reset gives back all that lies in their workspace", () => {
  const { workspace, reset } = createCodecs(modules);
  const first = workspace.allocate(100);
  workspace.allocate(200);
  reset();
  expect(workspace.allocate(300)).toBe(first);
});
