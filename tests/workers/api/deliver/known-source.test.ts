import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { originalId } from "../../../../core/delivery/original.ts";
import { renditionOf } from "../../../../core/delivery/rendition.ts";
import { problem } from "../../../../core/problem.ts";
import { parseOptionList } from "../../../../core/transform/grammar.ts";
import { knowSource } from "../../../../workers/api/deliver/find-stored.ts";
import { pictureInfo } from "../../../core/image/picture-info.ts";
import { limits } from "../../../../core/limits.ts";
import { ok } from "../../../../core/result.ts";
import { openRemote } from "../../../../workers/api/remote/open-remote.ts";
import { DeliveringWorld } from "./delivering-world.ts";

vi.mock("../../../../workers/api/remote/open-remote.ts", { spy: true });

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2030, 0, 1) });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe("a rendition that has to be made of a picture that the isolate knows", () => {
  const cancelled = problem("cancelled", "The picture was removed before it was rendered.");

  /** Of one picture one rendition is there, and another is not. */
  async function known(digit: string) {
    const world = new DeliveringWorld().enter();
    const tenant = world.tenant();
    const id = world.store(tenant, digit);
    const url = (width: number) => `/t/${tenant.tenant}/image/width=${width},format=webp/${id}`;
    const unmade = (width: number) => {
      const transform = parseOptionList(`width=${width}`);
      if (!transform.ok) throw new Error("options");
      const asked = { ...transform.value, format: "webp" } as const;
      world.unmade.add(renditionOf(tenant.tenant, digit.repeat(64), asked).key);
    };
    await world.get(url(100));
    unmade(200);
    unmade(300);
    world.operations.length = 0;
    return { world, tenant, id, url };
  }

  test("costs one read of R2 before the ledger is asked", async () => {
    const { world, url } = await known("1");
    world.ending = problem("corrupt-image", "It is damaged.");
    expect((await world.get(url(200))).status).toBe(422);
    expect(world.ordered).toHaveLength(1);
    // The other looks, when all is over, whether the original was deleted meanwhile.
    expect(world.operations.map((operation) => operation.split("/")[0])).toEqual([
      "get renditions",
      "head originals",
    ]);
  });

  test("so does the first one of a picture that this isolate has stored", async () => {
    const world = new DeliveringWorld().enter();
    const { tenant } = world.tenant();
    const id = originalId("3".repeat(64));
    const info = pictureInfo({ width: 320, height: 240 });
    knowSource(tenant, { id, bytes: 1000, info, storedAt: Date.now() });
    expect((await world.get(`/t/${tenant}/image/width=100,format=webp/${id}`)).status).toBe(200);
    expect(world.operations.map((operation) => operation.split("/")[0])).toEqual([
      "get renditions",
    ]);
  });

  test("is not found by HEAD, which makes nothing, where the picture was deleted elsewhere", async () => {
    const { world, tenant, id, url } = await known("4");
    world.remove(tenant, id);
    expect((await world.get(url(200), {}, "HEAD")).status).toBe(404);
    expect(world.ordered).toEqual([]);
  });

  test("is not found where the picture was deleted elsewhere, and asked of the ledger once", async () => {
    const { world, tenant, id, url } = await known("2");
    world.remove(tenant, id);
    world.ending = cancelled;
    expect((await world.get(url(200))).status).toBe(404);
    expect((await world.get(url(300))).status).toBe(404);
    expect((await world.get(url(200), {}, "HEAD")).status).toBe(404);
    expect(world.ordered).toHaveLength(1);
  });
});

test("a picture that the isolate knows is looked for again once its time is over", async () => {
  const world = new DeliveringWorld().enter();
  const tenant = world.tenant();
  const url = `/t/${tenant.tenant}/image/width=100,format=webp/${world.store(tenant, "5")}`;
  const looked = async (millisLater: number) => {
    vi.setSystemTime(Date.now() + millisLater);
    world.empty();
    world.operations.length = 0;
    expect((await world.get(url)).status).toBe(200);
    return world.operations.some((operation) => operation.startsWith("head originals"));
  };
  expect(await looked(0)).toBe(true);
  expect(await looked(limits.knownSourceMillis - 1)).toBe(false);
  expect(await looked(1)).toBe(true);
});

test("of a picture at an address that has changed meanwhile the new rendition is sent", async () => {
  const world = new DeliveringWorld().enter();
  const { tenant } = world.tenant();
  const sent = async (hash: string) => {
    world.empty();
    const info = pictureInfo({ width: 320, height: 240 });
    const source = { hash, key: "fetched", bytes: 1000, info, freshUntil: Infinity };
    vi.mocked(openRemote).mockResolvedValueOnce(ok(source));
    const path = "/image/width=100,format=webp/https://www.example.com/p.jpg";
    return (await world.get(`/t/${tenant}${path}`)).text();
  };
  const [before, after] = ["6".repeat(64), "7".repeat(64)];
  expect(await sent(before)).toContain(before);
  expect(await sent(after)).toContain(after);
});
