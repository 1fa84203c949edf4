import * as z from "zod/mini";
import { limits } from "../limits.ts";
import type { DialectSecrets } from "./dialects/dialect.ts";

const hex = z
  .string()
  .check(
    z.regex(/^(?:[0-9a-fA-F]{2})+$/, "Not hexadecimal: write two digits for each byte"),
    z.maxLength(limits.dialectSecretCharsMax),
  );
const secret = z.string().check(z.minLength(1), z.maxLength(limits.dialectSecretCharsMax));
const live = <Item extends z.core.$ZodType>(item: Item) =>
  z.optional(z.array(item).check(z.minLength(1), z.maxLength(limits.dialectKeysMax)));

/** A dialect is on while it is named. With keys it takes signed URLs only. */
export const dialectsSchema = z
  .strictObject({
    next: z.optional(z.strictObject({})),
    vercel: z.optional(z.strictObject({})),
    ipx: z.optional(z.strictObject({})),
    astro: z.optional(z.strictObject({})),
    imagedelivery: z.optional(z.strictObject({ keys: live(secret) })),
    imgproxy: z.optional(z.strictObject({ keys: live(z.strictObject({ key: hex, salt: hex })) })),
    imgix: z.optional(z.strictObject({ tokens: live(secret) })),
  })
  .check(
    z.meta({
      description:
        "Other services whose URLs are understood. With `keys` or `tokens` their URLs must be signed.",
    }),
  );

/** As stored: what a newer version has besides is left out. */
export const storedDialectsSchema = z.object(dialectsSchema.shape);
export type Dialects = Readonly<z.infer<typeof storedDialectsSchema>>;

const on = z.optional(z.object({}));
const keys = z.optional(
  z.object({
    keys: z.int().check(z.meta({ description: "How many are in use; 0: URLs are not signed." })),
  }),
);

/** For people and the audit trail: of keys and tokens only how many there are. */
export const shownDialectsSchema = z.object({
  next: on,
  vercel: on,
  ipx: on,
  astro: on,
  imagedelivery: keys,
  imgproxy: keys,
  imgix: keys,
});

export function withoutSecrets(dialects: Dialects): z.infer<typeof shownDialectsSchema> {
  const { imagedelivery, imgproxy, imgix, ...unsigned } = dialects;
  const count = (keys: readonly unknown[] | undefined) => ({ keys: keys?.length ?? 0 });
  return {
    ...unsigned,
    ...(imagedelivery && { imagedelivery: count(imagedelivery.keys) }),
    ...(imgproxy && { imgproxy: count(imgproxy.keys) }),
    ...(imgix && { imgix: count(imgix.tokens) }),
  };
}

export const secretsOf = ({ imagedelivery, imgproxy, imgix }: Dialects): DialectSecrets => ({
  imagedelivery: imagedelivery?.keys,
  imgproxy: imgproxy?.keys,
  imgix: imgix?.tokens,
});
