import * as z from "zod/mini";
import { sourceFormats } from "../image/formats.ts";
import type { ImageInfo } from "../image/image-info.ts";

/** A picture that a tenant has stored, to have it delivered. Named by its bytes: the same are stored once. */
export interface Original {
  readonly id: string;
  readonly bytes: number;
  readonly info: ImageInfo;
  /** Epoch milliseconds. */
  readonly storedAt: number;
}

/** `img_` and the SHA-256 of the bytes in hex, so that anybody can check what an id stands for. */
export const originalId = (sha256: string): string => `img_${sha256}`;

export const originalIdPattern = /^img_[0-9a-f]{64}$/;

/** Where it lies in R2. The tenant comes first, as everywhere: nothing of another tenant's can be named. */
export const originalKey = (tenant: string, id: string): string =>
  `${originalsPrefix(tenant)}${id.slice("img_".length)}`;

export const allOriginalsPrefix = "originals/";

export const originalsPrefix = (tenant: string): string => `${allOriginalsPrefix}${tenant}/`;

export const originalOfKey = (key: string): string =>
  originalId(key.slice(key.lastIndexOf("/") + 1));

/**
 * What its header says, kept as R2 metadata of the bytes, so that a rendition can be planned without
 * reading them. Null: written by a version that kept other fields; the header has to be read.
 */
export function parseInfo(text: string | undefined): ImageInfo | null {
  try {
    const info = infoSchema.safeParse(JSON.parse(text ?? ""));
    return info.success ? (info.data as ImageInfo) : null;
  } catch {
    return null;
  }
}

export const serializeInfo = (info: ImageInfo): string => JSON.stringify(info);

const infoSchema = z.looseObject({
  format: z.enum(sourceFormats),
  width: z.int(),
  height: z.int(),
  orientation: z.int().check(z.minimum(1), z.maximum(8)),
  hasAlpha: z.boolean(),
  frames: z.int(),
  bitDepth: z.int(),
  progressive: z.boolean(),
  colour: z.enum(["grey", "rgb", "cmyk", "palette"]),
  lossless: z.boolean(),
  samplesPerPixel: z.number(),
  hasIcc: z.boolean(),
});
