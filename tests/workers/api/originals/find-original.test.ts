import { expect, test } from "vitest";
import { originalKey } from "../../../../core/delivery/original.ts";
import { renditionsPrefix } from "../../../../core/delivery/rendition-prefix.ts";
import { removeMade, removeOrphan } from "../../../../workers/api/originals/find-original.ts";

const hash = "5".repeat(64);
const id = `img_${hash}`;
const kept = {
  source: originalKey("tnt_x", id),
  rendition: `${renditionsPrefix("tnt_x", hash)}9`,
};
const fetched = { source: `fetched/tnt_x/pictures/${hash}`, rendition: kept.rendition };

/** R2 as far as a deletion goes. */
function bucketWith(...keys: string[]) {
  const held = new Set(keys);
  const bucket = {
    head: async (key: string) => (held.has(key) ? {} : null),
    delete: async (gone: string | string[]) => {
      for (const key of [gone].flat()) held.delete(key);
    },
    list: async ({ prefix }: { prefix: string }) => ({
      objects: [...held]
        .filter((key) => key.startsWith(prefix))
        .map((key) => ({ key, uploaded: new Date() })),
      truncated: false,
    }),
  } as unknown as R2Bucket;
  return { bucket, held };
}

test("a rendition that is written when its original has been deleted does not stay", async () => {
  const { bucket, held } = bucketWith(kept.source);
  held.delete(kept.source);
  await removeMade(bucket, "tnt_x", hash);
  held.add(kept.rendition);
  await removeOrphan(bucket, kept);
  expect([...held]).toEqual([]);
});

test.each([
  ["its original is there", kept, [kept.source, kept.rendition]],
  ["it was made of a picture that was fetched, which ends by itself", fetched, [kept.rendition]],
])("a rendition stays where %s", async (_, pictures, keys) => {
  const { bucket, held } = bucketWith(...keys);
  await removeOrphan(bucket, pictures);
  expect([...held]).toEqual(keys);
});
