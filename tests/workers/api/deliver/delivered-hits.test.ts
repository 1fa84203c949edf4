import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { signUrl } from "../../../../core/delivery/signed-url.ts";
import { DeliveringWorld } from "./delivering-world.ts";

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2030, 0, 1) });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

test("each hit is counted for its tenant, with the bytes that were sent", async () => {
  const world = new DeliveringWorld().enter();
  const tenant = world.tenant();
  const url = `/t/${tenant.tenant}/image/width=9,format=png/${world.store(tenant, "e")}`;
  const first = await world.get(url);
  const length = (await first.text()).length;
  await world.get(url);
  await world.get(url, { "If-None-Match": first.headers.get("ETag") ?? "" });
  await world.get(url, {}, "HEAD");
  await world.get(url, { Range: "bytes=0-3" });
  await world.get(`${url}0`);
  const ledger = `${tenant.tenant}/local/0`;
  expect(world.hits).toEqual([length, length, 0, 0, 4].map((bytes) => ({ ledger, bytes })));
});

test("a batch of hits is told once, even where a call that may be repeated fails", async () => {
  const world = new DeliveringWorld().enter();
  const tenant = world.tenant();
  world.countHits = vi.fn<() => Promise<void>>(() => {
    return Promise.reject(Object.assign(new Error("it moved"), { retryable: true }));
  });
  await world.get(`/t/${tenant.tenant}/image/width=9,format=png/${world.store(tenant, "e")}`);
  await expect(world.tells[0]?.({ requests: 1, bytes: 1 })).rejects.toThrow("it moved");
  expect(world.countHits).toHaveBeenCalledExactlyOnceWith({ requests: 1, bytes: 1 });
});

test("no cache is told to keep a picture for longer than its URL lasts, however long the answer took", async () => {
  const signingKeys = [{ id: "sgn_0123456789abcdef", secret: "5".repeat(64), createdAt: 0 }];
  const world = new DeliveringWorld().enter();
  const profile = world.tenant({ signingKeys });
  const { tenant } = profile;
  const id = world.store(profile, "e");
  const read = world.env.PICTURES_LOCAL.get;
  const url = { path: `/image/width=9,format=png/${id}`, query: "" };
  const end = Date.now() / 1000 + 30;
  vi.spyOn(world.env.PICTURES_LOCAL, "get").mockImplementation((...given) => {
    vi.setSystemTime(Date.now() + 20_000);
    return read(...given);
  });
  const answer = await world.get(
    `/t/${tenant}${signUrl(url, tenant, signingKeys[0]?.secret ?? "", end)}`,
  );
  expect([answer.status, answer.headers.get("Cache-Control")]).toEqual([200, "public, max-age=10"]);
});
