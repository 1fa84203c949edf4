import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { defaultSettings } from "../../../../core/delivery/settings.ts";
import { signUrl } from "../../../../core/delivery/signed-url.ts";
import { limits } from "../../../../core/limits.ts";
import { DeliveringWorld } from "./delivering-world.ts";

const errors = vi.spyOn(console, "error");
const warnings = vi.spyOn(console, "warn");
let world: DeliveringWorld;

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2030, 0, 1) });
  for (const level of [errors, warnings]) level.mockReset().mockReturnValue();
  world = new DeliveringWorld().enter();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const breakStorage = () =>
  vi.spyOn(world.env.PICTURES_LOCAL, "get").mockRejectedValue(new Error("R2 is down"));

describe("while storage does not answer", () => {
  test("a picture is told to come back for, and the fault is logged", async () => {
    const tenant = world.tenant();
    breakStorage();
    const url = `/t/${tenant.tenant}/image/width=9,format=png/${world.store(tenant, "1")}`;
    const answer = await world.get(url);
    expect([answer.status, answer.headers.get("Retry-After")]).toEqual([503, "2"]);
    expect(answer.headers.get("Cf-Resized")).toBe("err=9522");
    expect(errors).toHaveBeenCalledWith({
      event: "delivery-unavailable",
      cause: expect.stringContaining("R2 is down"),
    });
  });

  test("a copy is sent until it ends, and that it was not looked at again is logged", async () => {
    const tenant = world.tenant();
    const url = `/t/${tenant.tenant}/image/width=9,format=png/${world.store(tenant, "2")}`;
    await world.get(url);
    vi.setSystemTime(Date.now() + limits.copyFreshMillis);
    breakStorage();
    expect((await world.get(url)).headers.get("Cache-Status")).toBe("minilab; hit");
    expect(warnings).toHaveBeenCalledWith({
      event: "copy-not-renewed",
      cause: expect.stringContaining("R2 is down"),
    });
    vi.setSystemTime(Date.now() + limits.copyStaleMillis);
    expect((await world.get(url)).status).toBe(503);
  });

  test("onerror=redirect leads to the tenant's own site, and to no other source", async () => {
    const settings = {
      ...defaultSettings,
      site: "https://www.example.com/media",
      sources: ["cdn.example.com"],
    };
    const tenant = world.tenant({ settings });
    breakStorage();
    const at = (source: string) =>
      world.get(`/t/${tenant.tenant}/image/width=9,onerror=redirect/${source}`);
    const sent = await at("a.jpg");
    expect([sent.status, sent.headers.get("Location"), sent.headers.get("Cf-Resized")]).toEqual([
      302,
      "https://www.example.com/media/a.jpg",
      "err=9522",
    ]);
    for (const source of ["https://cdn.example.com/a.jpg", world.store(tenant, "3")]) {
      expect((await at(source)).status).toBe(503);
    }
    const unasked = await world.get(`/t/${tenant.tenant}/image/width=9/a.jpg`);
    expect(unasked.status).toBe(503);
  });
});

test("a fault of our own is not told as storage that is down", async () => {
  const tenant = world.tenant();
  vi.spyOn(world.env.PICTURES_LOCAL, "get").mockResolvedValue({} as never);
  const url = `/t/${tenant.tenant}/image/width=9,format=png/${world.store(tenant, "4")}`;
  await expect(world.get(url)).rejects.toThrow(TypeError);
});

test.each([
  [0, 60, "public, max-age=60"],
  [0, 86_399, "public, max-age=86399"],
  [0, 86_401, "public, max-age=86400"],
  [58_500, 60, "public, max-age=1"],
  [59_500, 60, "no-store"],
])(
  "no cache keeps a picture for longer than its URL lasts: %i ms of %i s",
  async (passed, seconds, field) => {
    const secret = "5e".repeat(32);
    const tenant = world.tenant({ signingKeys: [{ id: "sgn_1", secret, createdAt: 0 }] });
    const path = `/image/width=9,format=png/${world.store(tenant, "5")}`;
    const end = Date.now() / 1000 + seconds;
    const url = `/t/${tenant.tenant}${signUrl({ path, query: "" }, tenant.tenant, secret, end)}`;
    vi.setSystemTime(Date.now() + passed);
    expect((await world.get(url)).headers.get("Cache-Control")).toBe(field);
  },
);
