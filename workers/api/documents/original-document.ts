import * as z from "zod/mini";
import type { Original } from "../../../core/delivery/original.ts";
import { sourceFormats } from "../../../core/image/formats.ts";
import { uprightSize } from "../../../core/image/image-info.ts";

/** A stored original as the API shows it. Times are ISO 8601, UTC; sizes bytes; sides pixels. */
export const originalSchema = z
  .object({
    id: z.string(),
    bytes: z.int(),
    width: z.int(),
    height: z.int(),
    format: z.enum(sourceFormats),
    frames: z.int().check(z.meta({ description: "0 where the file does not say." })),
    storedAt: z.iso.datetime(),
    url: z
      .url()
      .check(z.meta({ description: "Where it is delivered, in the best format for each client." })),
  })
  .register(z.globalRegistry, { id: "Image" });

/** For a client that stored it without a key: without the time since when it has been there. */
export const uploadedSchema = z
  .omit(originalSchema, { storedAt: true })
  .register(z.globalRegistry, { id: "UploadedImage" });

export function uploadedDocument(...given: Parameters<typeof originalDocument>) {
  const { storedAt: _storedAt, ...shown } = originalDocument(...given);
  return shown;
}

/** An upload address. */
export const uploadSchema = z
  .object({
    url: z.url().check(z.meta({ description: "Where the picture is sent, by PUT or POST." })),
    expiresAt: z.iso.datetime(),
    bytesMax: z.int(),
    formats: z.array(z.enum(sourceFormats)),
  })
  .register(z.globalRegistry, { id: "Upload" });

export type OriginalDocument = z.infer<typeof originalSchema>;

export function originalDocument(
  { id, bytes, info, storedAt }: Original,
  tenant: string,
  origin: string,
): OriginalDocument {
  return {
    id,
    bytes,
    ...uprightSize(info),
    format: info.format,
    frames: info.frames,
    storedAt: new Date(storedAt).toISOString(),
    url: `${origin}/t/${tenant}/image/format=auto/${id}`,
  };
}
