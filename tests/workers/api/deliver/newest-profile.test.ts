import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { DeliveryProfile } from "../../../../core/delivery/profile.ts";
import { defaultSettings } from "../../../../core/delivery/settings.ts";
import { signUrl } from "../../../../core/delivery/signed-url.ts";
import { limits } from "../../../../core/limits.ts";
import { err, ok } from "../../../../core/result.ts";
import { openRemote } from "../../../../workers/api/remote/open-remote.ts";
import { notAllowed } from "../../../../workers/api/remote/remote-problems.ts";
import { pictureInfo } from "../../../core/image/picture-info.ts";
import { DeliveringWorld } from "./delivering-world.ts";

vi.mock("../../../../workers/api/remote/open-remote.ts", { spy: true });

/** What a tenant has just changed, and KV does not say yet. */
let world: DeliveringWorld;

beforeEach(() => {
  // Each test in an hour of its own: an isolate remembers whom it asked for.
  vi.useFakeTimers({ now: Date.UTC(2030, 0, 1) + ++hours * 3_600_000 });
  world = new DeliveringWorld().enter();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});
let hours = 0;

const signingKeys = [{ id: "sgn_0123456789abcdef", secret: "5".repeat(64), createdAt: 0 }];
const asks = () => world.operations.filter((operation) => operation.startsWith("ask tnt_")).length;

/** The URL of a picture, signed with this secret. */
function signed({ tenant }: DeliveryProfile, id: string, secret: string, width = 9): string {
  const url = { path: `/image/width=${width},format=png/${id}`, query: "" };
  return `/t/${tenant}${signUrl(url, tenant, secret)}`;
}

/** A tenant that this isolate knows, and what it is in the Directory after a change. */
async function changed(change: Partial<DeliveryProfile>) {
  const tenant = world.tenant();
  const id = world.store(tenant, "1");
  expect((await world.get(`/t/${tenant.tenant}/image/width=8,format=png/${id}`)).status).toBe(200);
  world.decided.set(tenant.tenant, { ...tenant, version: tenant.version + 1, ...change });
  return { tenant, id };
}

describe("a change that KV does not say yet", () => {
  test("counts at once for a URL that it makes good: one signed with a new key", async () => {
    const { tenant, id } = await changed({ signingKeys });
    const url = signed(tenant, id, signingKeys[0]?.secret ?? "");
    expect((await world.get(url)).status).toBe(200);
    expect((await world.get(url)).status).toBe(200);
    expect(asks()).toBe(1);
  });

  test("counts at once for all that come while the Directory is asked", async () => {
    const { tenant, id } = await changed({ signingKeys });
    const gallery = Array.from({ length: 20 }, (_, index) =>
      world.get(signed(tenant, id, signingKeys[0]?.secret ?? "", 10 + index)),
    );
    expect((await Promise.all(gallery)).map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect(asks()).toBe(1);
  });

  test("counts at once for one with a new preset", async () => {
    const settings = { ...defaultSettings, presets: { card: "width=7,format=png" } };
    const { tenant, id } = await changed({ settings });
    expect((await world.get(`/t/${tenant.tenant}/image/preset=card/${id}`)).status).toBe(200);
  });

  test("counts at once for any options where only presets were allowed", async () => {
    const tenant = world.tenant({ settings: { ...defaultSettings, mode: "presets" } });
    const url = `/t/${tenant.tenant}/image/width=7,format=png/${world.store(tenant, "1")}`;
    world.decided.set(tenant.tenant, { ...tenant, version: 2, settings: defaultSettings });
    expect((await world.get(url)).status).toBe(200);
  });

  test("counts at once for the URLs of a dialect that was switched on", async () => {
    const { tenant, id } = await changed({
      settings: { ...defaultSettings, dialects: { next: {} } },
    });
    const url = `/t/${tenant.tenant}/_next/image?url=${id}&w=96&q=75`;
    expect((await world.get(url)).status).toBe(200);
  });

  test("counts at once for a source that was allowed", async () => {
    const settings = { ...defaultSettings, sources: ["www.example.com"] };
    const { tenant } = await changed({ settings });
    const info = pictureInfo({ width: 320, height: 240 });
    const source = { hash: "2".repeat(64), key: "2", bytes: 1, info, freshUntil: Infinity };
    const opened = vi
      .mocked(openRemote)
      .mockImplementation(async (_call, { rules: { allowed } }) =>
        allowed.length > 0 ? ok(source) : err(notAllowed("is not allowed")),
      );
    const url = `/t/${tenant.tenant}/image/width=9/https://www.example.com/p.jpg`;
    expect((await world.get(url)).status).toBe(200);
    expect(opened).toHaveBeenCalledTimes(2);
    opened.mockRestore();
  });

  test("a source that is not allowed is not fetched, and refused as such", async () => {
    const { tenant } = await changed({});
    const fetched = vi.fn<() => Promise<Response>>(async () => new Response(null, { status: 404 }));
    vi.stubGlobal("fetch", fetched);
    const url = `/t/${tenant.tenant}/image/width=9/https://www.example.com/p.jpg`;
    expect(await (await world.get(url)).json()).toMatchObject({ code: "source-not-allowed" });
    expect(fetched).not.toHaveBeenCalled();
  });

  test("is not asked for where no change could help", async () => {
    const { tenant, id } = await changed({ signingKeys });
    const over = { path: `/image/width=9,format=png/${id}`, query: "" };
    const expired = signUrl(over, tenant.tenant, signingKeys[0]?.secret ?? "", 1);
    world.set({ ...tenant, version: 2, signingKeys });
    vi.setSystemTime(Date.now() + limits.identityFreshMillis);
    for (const path of [expired, "/favicon.ico", `/image/width=x/${id}`])
      expect((await world.get(`/t/${tenant.tenant}${path}`)).ok).toBe(false);
    expect(asks()).toBe(0);
  });

  test("is gone by when KV says something newer still", async () => {
    const { tenant, id } = await changed({ signingKeys });
    const url = signed(tenant, id, signingKeys[0]?.secret ?? "");
    expect((await world.get(url)).status).toBe(200);
    world.set({ ...tenant, version: tenant.version + 2 });
    vi.setSystemTime(Date.now() + limits.identityFreshMillis);
    expect((await world.get(url)).status).toBe(403);
  });

  test("lets nobody in whose tenant is suspended", async () => {
    const { tenant, id } = await changed({ signingKeys, status: "suspended" });
    expect((await world.get(signed(tenant, id, signingKeys[0]?.secret ?? ""))).status).toBe(403);
  });
});

describe("a flood of wrong signatures", () => {
  test("of one tenant asks the Directory once a minute", async () => {
    const { tenant, id } = await changed({});
    for (let second = 0; second < 3 * 60; second++) {
      vi.setSystemTime(Date.now() + 1000);
      for (let request = 0; request < 5; request++)
        expect((await world.get(signed(tenant, id, `wrong ${request}`))).status).toBe(403);
    }
    expect(asks()).toBe(3);
  });

  test("of many tenants asks it once a second", async () => {
    const tenants = [];
    for (let index = 0; index < 20; index++) tenants.push(await changed({}));
    for (let second = 0; second < 3; second++) {
      vi.setSystemTime(Date.now() + 1000);
      for (const { tenant, id } of tenants) await world.get(signed(tenant, id, "wrong"));
    }
    expect(asks()).toBe(3);
  });

  test("is answered as what it is while the Directory does not answer", async () => {
    const { tenant, id } = await changed({});
    const down = vi.spyOn(world.decided, "get").mockImplementation(() => {
      throw new Error("down");
    });
    const answer = await world.get(signed(tenant, id, "wrong"));
    expect(down).toHaveBeenCalledOnce();
    expect(await answer.json()).toMatchObject({ code: "signature-invalid" });
  });
});
