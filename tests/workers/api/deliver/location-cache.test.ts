import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { defaultSettings } from "../../../../core/delivery/settings.ts";
import { signUrl } from "../../../../core/delivery/signed-url.ts";
import { plans } from "../../../../core/identity/tenant-limits.ts";
import { limits } from "../../../../core/limits.ts";
import { DAY } from "../../../../core/magnitudes.ts";
import { locationCache } from "../../../../workers/api/deliver/location-cache.ts";
import { DeliveringWorld } from "./delivering-world.ts";

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2030, 0, 1) });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const pass = (millis: number) => void vi.setSystemTime(Date.now() + millis);
const staleAfter = limits.copyFreshMillis;
const goneAfter = limits.copyFreshMillis + limits.copyStaleMillis;

describe("what a hit costs", () => {
  test("from the location's own copy: no call of storage", async () => {
    const world = new DeliveringWorld().enter();
    const tenant = world.tenant();
    const url = `/t/${tenant.tenant}/image/width=100,format=webp/${world.store(tenant, "1")}`;
    const first = await world.get(url);
    const bytes = await first.text();
    world.operations.length = 0;
    const again = await world.get(url);
    expect(await again.text()).toBe(bytes);
    expect([...again.headers]).toEqual([...first.headers]);
    expect(world.operations).toEqual([]);
    // However the options are written.
    await world.get(url.replace("width=100,format=webp", "f=webp,w=100"));
    expect(world.operations).toEqual([]);
  });

  test("from storage: one read where the source is known, else two at the same time", async () => {
    const world = new DeliveringWorld().enter();
    const tenant = world.tenant();
    const id = world.store(tenant, "2");
    const at = (options: string) => `/t/${tenant.tenant}/image/${options}/${id}`;
    await world.get(at("width=100,format=webp"));
    expect(world.operations.map((call) => call.slice(0, 15))).toEqual([
      "get renditions/",
      "head originals/",
    ]);
    world.operations.length = 0;
    await world.get(at("width=110,format=auto"), { Accept: "image/avif" });
    expect(world.operations.map((call) => call.slice(0, 15))).toEqual(["get renditions/"]);
  });

  test("a condition is answered from the copy, HEAD and ranges too", async () => {
    const world = new DeliveringWorld().enter();
    const tenant = world.tenant();
    const url = `/t/${tenant.tenant}/image/width=100,format=webp/${world.store(tenant, "3")}`;
    const etag = (await world.get(url)).headers.get("ETag") ?? "";
    world.operations.length = 0;
    for (const condition of [etag, `W/${etag}`, `"x", ${etag}`, "*"]) {
      const known = await world.get(url, { "If-None-Match": condition });
      expect([known.status, known.headers.get("ETag"), await known.text()]).toEqual([
        304,
        etag,
        "",
      ]);
    }
    for (const condition of ['"x"', etag.slice(1), "", '"a\\']) {
      expect((await world.get(url, { "If-None-Match": condition })).status).toBe(200);
    }
    const head = await world.get(url, {}, "HEAD");
    expect([head.headers.get("ETag"), await head.text()]).toEqual([etag, ""]);
    expect(Number(head.headers.get("Content-Length"))).toBeGreaterThan(0);
    expect(world.operations).toEqual([]);
  });
});

test("HEAD of a rendition that nobody has asked for makes nothing, and tells what is known", async () => {
  const world = new DeliveringWorld().enter();
  const tenant = world.tenant();
  const id = world.store(tenant, "4");
  world.gone.add("4".repeat(64));
  const head = await world.get(`/t/${tenant.tenant}/image/width=9,format=png/${id}`, {}, "HEAD");
  expect([head.status, head.headers.get("Content-Type")]).toEqual([200, "image/png"]);
  expect(head.headers.get("Cache-Status")).toBe("minilab; fwd=uri-miss");
  expect(head.headers.get("Accept-Ranges")).toBe("bytes");
  expect(head.headers.has("ETag") || head.headers.has("Content-Length")).toBe(false);
});

test("a rendition lasts for as long as its tenant keeps jobs, then it is as good as not there", async () => {
  const world = new DeliveringWorld().enter();
  const tenant = world.tenant({ limits: { ...plans.custom, retentionDays: 3 } });
  const url = `/t/${tenant.tenant}/image/width=9,format=png/${world.store(tenant, "d")}`;
  const isThere = async () => {
    world.empty();
    return (await world.get(url, {}, "HEAD")).headers.has("ETag");
  };
  world.storedAt = new Date(Date.now() - 3 * DAY + 1);
  const part = async () => (await world.get(url, { Range: "bytes=0-3" })).status;
  expect(await isThere()).toBe(true);
  expect(await part()).toBe(206);
  pass(1);
  expect(await isThere()).toBe(false);
  // Nothing here could make it again.
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  expect(await part()).toBe(503);
});

test("a rendition that was put while its original was deleted is sent for minutes at most", async () => {
  const world = new DeliveringWorld().enter();
  const tenant = world.tenant();
  const id = world.store(tenant, "e");
  const url = `/t/${tenant.tenant}/image/width=100,format=webp/${id}`;
  await world.get(url);
  world.remove(tenant, id);
  const seconds = limits.knownSourceMillis + goneAfter;
  for (let passed = 0; passed < seconds; passed += staleAfter) {
    pass(staleAfter);
    await world.get(url);
  }
  expect((await world.get(url)).status).toBe(404);
});

describe("how long a copy lasts", () => {
  test("it is looked at again after a minute, while it is sent", async () => {
    const world = new DeliveringWorld().enter();
    const tenant = world.tenant();
    const url = `/t/${tenant.tenant}/image/width=100,format=webp/${world.store(tenant, "5")}`;
    await world.get(url);
    for (let minute = 0; minute < 4; minute++) {
      pass(staleAfter);
      world.operations.length = 0;
      expect((await world.get(url)).headers.get("Cache-Status")).toBe("minilab; hit");
      expect(world.operations).toHaveLength(1);
      await world.get(url);
      expect(world.operations).toHaveLength(1);
    }
  });

  test("what storage has lost is sent for two minutes at most", async () => {
    const world = new DeliveringWorld().enter();
    const tenant = world.tenant();
    const id = world.store(tenant, "6");
    const url = `/t/${tenant.tenant}/image/width=100,format=webp/${id}`;
    await world.get(url);
    world.gone.add("6".repeat(64));
    pass(goneAfter - 1);
    expect((await world.get(url)).status).toBe(200);
    // That look has dropped the copy; without it, time would have.
    const head = await world.get(url, {}, "HEAD");
    expect(head.headers.get("Cache-Status")).toBe("minilab; fwd=uri-miss");
  });

  test("and no longer by a cache that keeps what has ended", async () => {
    const world = new DeliveringWorld().enter();
    const tenant = world.tenant();
    const id = world.store(tenant, "f");
    const url = `/t/${tenant.tenant}/image/width=100,format=webp/${id}`;
    world.keepsAll = true;
    await world.get(url);
    world.gone.add("f".repeat(64));
    pass(goneAfter);
    const head = await world.get(url, {}, "HEAD");
    expect(head.headers.get("Cache-Status")).toBe("minilab; fwd=uri-miss");
  });

  test("it ends at once where its source was deleted, and what storage has since is copied again", async () => {
    const world = new DeliveringWorld().enter();
    const tenant = world.tenant();
    const other = world.tenant();
    const [id] = [world.store(tenant, "7"), world.store(other, "7")];
    const url = (of: string) => `/t/${of}/image/width=100,format=webp/${id}`;
    await world.get(url(tenant.tenant));
    await world.get(url(other.tenant));
    locationCache.end(Date.now(), tenant.tenant, "7".repeat(64));
    world.operations.length = 0;
    await world.get(url(other.tenant));
    expect(world.operations).toEqual([]);
    await world.get(url(tenant.tenant));
    expect(world.operations).toHaveLength(1);
    pass(limits.copyAgainMillis);
    await world.get(url(tenant.tenant));
    world.operations.length = 0;
    await world.get(url(tenant.tenant));
    expect(world.operations).toEqual([]);
  });

  test("a suspended tenant's end as soon as that is known, a changed tenant's too", async () => {
    const world = new DeliveringWorld().enter();
    const tenant = world.tenant();
    const url = `/t/${tenant.tenant}/image/width=100,format=webp/${world.store(tenant, "8")}`;
    await world.get(url);
    world.set({ ...tenant, version: 2, status: "suspended" });
    pass(limits.identityFreshMillis);
    expect((await world.get(url)).status).toBe(403);
    world.set({ ...tenant, version: 3 });
    pass(limits.identityFreshMillis);
    world.operations.length = 0;
    expect((await world.get(url)).status).toBe(200);
    expect(world.operations).toHaveLength(1);
  });
});

test("a cache that fails is as good as empty", async () => {
  const world = new DeliveringWorld();
  const down = () => Promise.reject(new Error("down"));
  vi.stubGlobal("caches", { open: async () => ({ match: down, put: down, delete: down }) });
  const tenant = world.tenant();
  const url = `/t/${tenant.tenant}/image/width=100,format=webp/${world.store(tenant, "9")}`;
  expect((await world.get(url)).status).toBe(200);
  expect((await world.get(url)).status).toBe(200);
});

/**
 * Requests that could get one another's answer, if a key left something out or let something in: each is asked of a
 * location that has answered all others before, and has to get what an empty location gives.
 */
test("no request gets another's copy, whatever it is confused with", async () => {
  const warm = new DeliveringWorld().enter();
  const secret = "5e".repeat(32);
  const signingKeys = [{ id: "sgn_1", secret, createdAt: 0 }];
  const presets = { card: "width=60,format=webp" };
  const tenants = [
    warm.tenant({ settings: { ...defaultSettings, presets } }),
    warm.tenant({ settings: { ...defaultSettings, presets: { card: "width=61,format=webp" } } }),
    warm.tenant({ signingKeys, settings: { ...defaultSettings, presets, mode: "signed" } }),
    warm.tenant({ settings: { ...defaultSettings, presets, mode: "presets" } }),
  ];
  const signed = (url: string, seconds: number | null) => {
    const [, tenant = "", path = ""] = /^\/t\/([^/]+)(.*)$/.exec(url) ?? [];
    return `/t/${tenant}${signUrl({ path, query: "" }, tenant, secret, seconds)}`;
  };
  const requests: [url: string, headers: Record<string, string>][] = [];
  for (const [index, tenant] of tenants.entries()) {
    const ids = [warm.store(tenant, "a"), warm.store(tenant, "b")];
    if (index === 0) warm.store(tenant, "c");
    const paths = [
      ...ids.flatMap((id) => [
        `/image/width=100,format=auto/${id}`,
        `/image/width=100,format=webp/${id}`,
        `/image/WIDTH=100/${id}`,
        `/image/width=100,width=200/${id}`,
        `/image/preset=card/${id}`,
        `/image/width=100%2Cformat=webp/${id}`,
        `/cdn-cgi/image/width=1000,format=webp/${id}`,
        `/image/width=10,height=100,format=webp/${id}`,
        `/image/width=100,height=99,format=webp/${id}`,
      ]),
      `/image/width=100,format=webp/img_${"c".repeat(64)}`,
      `/image/width=100,format=webp/img_${"A".repeat(64)}`,
    ];
    const urls = paths.map((path) => `/t/${tenant.tenant}${path}`);
    for (const url of urls) {
      requests.push([url, {}]);
      for (const accept of [
        "image/avif,image/webp",
        "image/webp",
        "image/webp;q=0.9,image/avif;q=0.1",
      ])
        requests.push([url, { Accept: accept }]);
    }
    const [first = ""] = urls;
    const now = Date.now() / 1000;
    for (const end of [null, now + 60, now - 1]) requests.push([signed(first, end), {}]);
    requests.push(
      [`${signed(first, null)}0`, {}],
      [`${first}?sig=${"0".repeat(64)}`, {}],
      [`${first}?v=1`, {}],
      [first, { Range: "bytes=0-3" }],
      [first, { "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http" }],
      [first, { Via: "1.1 minilab" }],
      [first.replace("/t/", "https://other.example.com/t/"), {}],
      [first.replace("/t/tnt", "/t/TNT"), {}],
    );
  }
  expect(requests.length).toBeGreaterThan(300);
  const answers = async (isWarm: boolean) => {
    const all: unknown[] = [];
    for (const [url, headers] of requests) {
      if (!isWarm) warm.empty();
      const response = await warm.get(url, headers);
      all.push([url, headers, response.status, [...response.headers], await response.text()]);
    }
    return all;
  };
  await answers(true);
  warm.operations.length = 0;
  const warmly = await answers(true);
  // Most of them were hits, or this would show nothing.
  const reads = warm.operations.filter((call) => call.startsWith("get renditions/"));
  expect(reads.length).toBeLessThan(requests.length / 4);
  const cold = await answers(false);
  expect(warmly).toEqual(cold);
  const kinds = new Set(cold.map((answer) => (answer as [string, object, number])[2]));
  expect(kinds).toEqual(new Set([200, 206, 400, 403, 404, 508]));
});
