import { afterEach, expect, test, vi } from "vitest";
import { originalKey } from "../../../../core/delivery/original.ts";
import type { Wanted } from "../../../../workers/api/deliver/find-stored.ts";
import { makeRendition } from "../../../../workers/api/deliver/make-rendition.ts";
import type { Call } from "../../../../workers/api/route.ts";
import { oneRegion } from "../../../one-region.ts";

afterEach(() => void vi.restoreAllMocks());

test("a rendition whose original is gone does not stay, even if nobody hears that it was made", async () => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  const source = originalKey("tnt_x", `img_${"5".repeat(64)}`);
  const removed: string[] = [];
  const background: Promise<unknown>[] = [];
  const call = {
    env: {
      FLEET: oneRegion(),
      PICTURES_LOCAL: {
        head: async () => null,
        delete: async (key: string) => void removed.push(key),
      },
    },
    // Whatever is asked of the ledger fails.
    shards: {},
    ctx: { waitUntil: (work: Promise<unknown>) => void background.push(work) },
  } as unknown as Call;
  const wanted = {
    profile: { tenant: "tnt_x", home: null, shards: [] },
    rendition: { digest: "9", key: "renditions/tnt_x/5/9" },
    spec: { kept: { source, rendition: "renditions/tnt_x/5/9" } },
  } as unknown as Wanted;
  const { made } = await makeRendition(call, wanted);
  await Promise.all(background);
  expect(made).toMatchObject({ ok: false, error: { code: "unavailable" } });
  expect(removed).toEqual(["renditions/tnt_x/5/9"]);
});
