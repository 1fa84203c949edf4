import * as z from "zod/mini";
import type { PictureDescription } from "../../../core/plan/picture-description.ts";

/** What a rendition with `format=json` holds. */
export const pictureDescriptionSchema = z
  .object({
    width: z.int(),
    height: z.int(),
    dominant_color: z.nullable(z.string().check(z.regex(/^#[0-9a-f]{6}$/))),
    thumbhash: z.string(),
    original: z.object({
      file_size: z.int(),
      width: z.int(),
      height: z.int(),
      format: z.string(),
      orientation: z.int().check(z.minimum(1), z.maximum(8)),
    }),
  })
  .register(z.globalRegistry, { id: "PictureDescription" }) satisfies z.ZodMiniType<
  Omit<PictureDescription, "original">
>;
