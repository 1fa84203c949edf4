import * as z from "zod/mini";
import { limits } from "../../limits.ts";
import { tagsPrefix } from "../storage-prefixes.ts";

/** What a tenant may call a tag. */
export const tagPattern = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$/;

/** The tags of one stored picture: a set, in alphabetical order. */
export const tagsSchema = z.strictObject({
  tags: z.array(z.string().check(z.regex(tagPattern))).check(z.maxLength(limits.imageTagsMax)),
});

/** The R2 key of a stored picture's tags: an object of their own, because the picture's never changes. */
export const tagsKey = (tenant: string, sourceHash: string): string =>
  `${tagsPrefix(tenant)}${sourceHash}`;

/** As metadata, which a list of R2 brings along. */
export const tagsMetadata = (tags: readonly string[]) => ({
  tags: JSON.stringify([...new Set(tags)].toSorted()),
});

/** Empty if there are no tags, or if this version cannot read them. */
export function tagsOf(metadata: Readonly<Record<string, string>> | undefined): readonly string[] {
  try {
    const read: unknown = JSON.parse(metadata?.["tags"] ?? "[]");
    return tagsSchema.safeParse({ tags: read }).data?.tags ?? [];
  } catch {
    return [];
  }
}
