import { afterEach, expect, test, vi } from "vitest";
import { oneShard } from "../../../../core/fleet/shard-map.ts";
import { plans } from "../../../../core/identity/tenant-limits.ts";
import { originalKey } from "../../../../core/delivery/original.ts";
import { ExpressLane } from "../../../../workers/api/admission/express-lane.ts";
import type { Wanted } from "../../../../workers/api/deliver/find-stored.ts";
import { makeRendition } from "../../../../workers/api/deliver/make-rendition.ts";
import type { Call } from "../../../../workers/api/route.ts";
import { oneRegion } from "../../../one-region.ts";
import { answered, AskedLedger, name, spec } from "../admission/asked-ledger.ts";

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

test.each([
  ["while the ledger is", false, [["originals/a"]]],
  ["not ahead of a ledger that may well refuse", true, []],
])("a rendition's source is asked of storage %s", async (_, isFilling, expected) => {
  const ledger = new AskedLedger();
  ledger.answers = [answered({ settledAt: 1, error: null })];
  const get = vi.fn<(key: string) => Promise<null>>(async () => null);
  const env = { ...ledger.call.env, PICTURES_LOCAL: { head: async () => ({}), get } };
  const call = { ...ledger.call, env, express: new ExpressLane() } as unknown as Call;
  if (isFilling) call.refusals.expect(name, Date.now());
  const [tenant = ""] = name.split("/");
  const digest = "1".repeat(64);
  const rendition = { digest, key: `renditions/${tenant}/a/${digest}` };
  const wanted = {
    profile: { tenant, limits: plans.custom, version: 1, home: null, shards: oneShard },
    rendition,
    spec: { ...spec, kept: { source: "originals/a", rendition: rendition.key } },
  } as unknown as Wanted;
  expect((await makeRendition(call, wanted)).made).toEqual({ ok: true, value: null });
  expect(get.mock.calls).toEqual(expected);
});
