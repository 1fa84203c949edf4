import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { renditionOf } from "../../../../core/delivery/rendition.ts";
import type { DeliveryProfile } from "../../../../core/delivery/profile.ts";
import { defaultSettings, type DeliverySettings } from "../../../../core/delivery/settings.ts";
import { limits } from "../../../../core/limits.ts";
import { parseOptionList } from "../../../../core/transform/grammar.ts";
import { DeliveringWorld } from "./delivering-world.ts";

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2030, 0, 1) });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const modern = "image/avif,image/webp,*/*";

/** A picture of which WebP is there, and AVIF is not. */
function unmade(digit: string, settings: Partial<DeliverySettings> = {}) {
  const world = new DeliveringWorld().enter();
  const tenant = world.tenant({ settings: { ...defaultSettings, ...settings } });
  const id = world.store(tenant, digit);
  const avif = keyOf(tenant, digit);
  world.unmade.add(avif);
  const url = `/t/${tenant.tenant}/image/width=100,format=auto/${id}`;
  const get = (accept = modern, method = "GET") => world.get(url, { Accept: accept }, method);
  return { world, avif, get };
}

function keyOf({ tenant }: DeliveryProfile, digit: string): string {
  const transform = parseOptionList("width=100");
  if (!transform.ok) throw new Error("options");
  return renditionOf(tenant, digit.repeat(64), { ...transform.value, format: "avif" }).key;
}

test("the first visitor gets WebP at once while the AVIF is made, and the next gets that", async () => {
  const { world, avif, get } = unmade("1");
  const first = await get();
  expect([first.status, first.headers.get("Content-Type")]).toEqual([200, "image/webp"]);
  expect(first.headers.get("Vary")).toBe("Accept");
  expect(first.headers.get("Cache-Control")).toBe(`public, max-age=${limits.interimSecondsMax}`);
  const [order, ...more] = world.ordered;
  expect(more).toEqual([]);
  expect([order?.spec.kept?.rendition, order?.holdMillis]).toEqual([avif, undefined]);
  world.unmade.clear();
  const next = await get();
  expect([next.headers.get("Content-Type"), await next.text()]).toEqual(["image/avif", avif]);
  expect(next.headers.get("Cache-Control")).toBe("public, max-age=86400");
});

test("an isolate orders it once in a while, under one key, however many ask", async () => {
  const { world, get } = unmade("2");
  for (let visitor = 0; visitor < 5; visitor++) await get();
  expect(world.ordered).toHaveLength(1);
  vi.setSystemTime(Date.now() + limits.orderAgainMillis);
  await get();
  expect(world.ordered).toHaveLength(2);
  expect(new Set(world.ordered.map(({ idempotency }) => idempotency?.key)).size).toBe(1);
});

test("HEAD says what GET would, and orders nothing", async () => {
  const { world, get } = unmade("3");
  expect((await get(modern, "HEAD")).headers.get("Content-Type")).toBe("image/webp");
  expect(world.ordered).toEqual([]);
});

test("what is not to be kept is not, and a shorter time than a minute stays", async () => {
  for (const [digit, cacheSeconds, field] of [
    ["4", 0, "no-store"],
    ["5", 7, "public, max-age=7"],
  ] as const) {
    const { get } = unmade(digit, { cacheSeconds });
    expect((await get()).headers.get("Cache-Control")).toBe(field);
  }
});

test("nothing stands in for it where the tenant waits, where the client takes no WebP, or where AVIF was asked for", async () => {
  // Nothing here could make it, which shows that it was to be made.
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  expect((await unmade("6", { avif: "wait" }).get()).status).toBe(503);
  expect((await unmade("7").get("image/avif")).status).toBe(503);
  const { world, avif } = unmade("8");
  const [, tenant = "", hash = ""] = avif.split("/");
  const asked = await world.get(`/t/${tenant}/image/width=100,format=avif/img_${hash}`, {
    Accept: modern,
  });
  expect(asked.status).toBe(503);
});

test("the stand-in is no copy of the other", async () => {
  const { world, get } = unmade("9");
  await get();
  expect((await get("image/webp")).headers.get("Cache-Control")).toBe("public, max-age=86400");
  world.unmade.clear();
  expect((await get()).headers.get("Content-Type")).toBe("image/avif");
});

test("a download of the stand-in that broke off goes on, and a part of another version is sent whole", async () => {
  const { world, avif, get } = unmade("a");
  const [, tenant = "", hash = ""] = avif.split("/");
  const url = `/t/${tenant}/image/width=100,format=auto/img_${hash}`;
  const first = await get();
  const [etag, whole] = [first.headers.get("ETag") ?? "", await first.text()];
  const resume = (ifRange: string) =>
    world.get(url, { Accept: modern, Range: "bytes=5-9", "If-Range": ifRange });
  const part = await resume(etag);
  expect([part.status, part.headers.get("Content-Type"), await part.text()]).toEqual([
    206,
    "image/webp",
    whole.slice(5, 10),
  ]);
  const other = await resume('"another"');
  expect([other.status, await other.text()]).toEqual([200, whole]);
  world.unmade.clear();
  const better = await resume(etag);
  expect([better.status, better.headers.get("Content-Type"), await better.text()]).toEqual([
    200,
    "image/avif",
    avif,
  ]);
});

test("a part of the stand-in orders what it stands in for, as the whole does", async () => {
  const { world, avif } = unmade("d");
  const [, tenant = "", hash = ""] = avif.split("/");
  const url = `/t/${tenant}/image/width=100,format=auto/img_${hash}`;
  await world.get(url, { Accept: modern, Range: "bytes=5-9", "If-Range": '"x"' });
  expect(world.ordered.map(({ spec }) => spec.kept?.rendition)).toEqual([avif]);
});

test("a part without a version waits for the format that was chosen", async () => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  const { world, avif } = unmade("b");
  const [, tenant = "", hash = ""] = avif.split("/");
  const url = `/t/${tenant}/image/width=100,format=auto/img_${hash}`;
  expect((await world.get(url, { Accept: modern, Range: "bytes=5-9" })).status).toBe(503);
});

test("who has the stand-in hears that it is current until there is the AVIF", async () => {
  const { world, avif } = unmade("c");
  const [, tenant = "", hash = ""] = avif.split("/");
  const url = `/t/${tenant}/image/width=100,format=auto/img_${hash}`;
  const etag = (await world.get(url, { Accept: modern })).headers.get("ETag") ?? "";
  const again = () => world.get(url, { Accept: modern, "If-None-Match": etag });
  const unchanged = await again();
  expect([unchanged.status, unchanged.headers.get("Vary")]).toEqual([304, "Accept"]);
  world.unmade.clear();
  const better = await again();
  expect([better.status, better.headers.get("Content-Type")]).toEqual([200, "image/avif"]);
});
