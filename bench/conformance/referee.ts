import sharp from "sharp";
import { probe } from "../../core/image/probe.ts";
import type { Refusal } from "../../core/image/refusal.ts";
import { createCodecs } from "../../engine/codecs/codec-set.ts";
import { rgbaOf } from "../../engine/codecs/codec.ts";
import { decode } from "../../engine/decode.ts";
import { loadEngineModules } from "../../engine/modules-node.ts";
import { readRgba, type RgbaPicture } from "../rgba-picture.ts";

export type Judgement =
  | { readonly kind: "exact" | "refused"; readonly why: "" }
  | { readonly kind: "differs"; readonly why: string };

/** Decodes a file with the engine and with sharp, every pixel of it. */
export async function createReferee(): Promise<(bytes: Uint8Array) => Promise<Judgement>> {
  const modules = await loadEngineModules();
  return async (bytes) => {
    // Nothing that an earlier file left behind may matter.
    const ours = decodeWith(modules, bytes);
    const theirs = await sharpPixels(bytes);
    if ("refusal" in ours) {
      const { reason, ...rest } = ours.refusal;
      if (theirs === undefined) return { kind: "refused", why: "" };
      return differs(`refused: ${[reason, ...Object.values(rest)].join(", ")}`);
    }
    if (theirs === undefined) return differs("decoded, but sharp refuses it");
    return compare(ours, theirs);
  };
}

function decodeWith(
  modules: Parameters<typeof createCodecs>[0],
  bytes: Uint8Array,
): RgbaPicture | { readonly refusal: Refusal } {
  const probed = probe(bytes, true);
  if (probed.kind === "refused") return { refusal: probed.refusal };
  const decoded = decode(createCodecs(modules), bytes, probed.info, everyPixel);
  if (!decoded.ok) return { refusal: decoded.error };
  if (decoded.value.samples !== "pixels") throw new Error("pixels were asked for");
  const { width, height } = decoded.value.bitmap;
  return { width, height, rgba: rgbaOf(decoded.value) };
}

const everyPixel = { shrink: 1, samples: "pixels", rowsAtOnce: Infinity, outputs: [] } as const;

/** Undefined where sharp refuses the file. */
async function sharpPixels(bytes: Uint8Array): Promise<RgbaPicture | undefined> {
  try {
    return await readRgba(sharp(bytes));
  } catch {
    return undefined;
  }
}

function compare(ours: RgbaPicture, theirs: RgbaPicture): Judgement {
  if (ours.width !== theirs.width || ours.height !== theirs.height) {
    return differs(`${ours.width} × ${ours.height}, not ${theirs.width} × ${theirs.height}`);
  }
  const at = ours.rgba.findIndex((value, index) => value !== theirs.rgba[index]);
  if (at < 0) return { kind: "exact", why: "" };
  const pixel = Math.floor(at / 4);
  const place = `${pixel % ours.width}, ${Math.floor(pixel / ours.width)}`;
  return differs(`channel ${at % 4} at ${place} is ${ours.rgba[at]}, not ${theirs.rgba[at]}`);
}

const differs = (why: string): Judgement => ({ kind: "differs", why });
