import { expect, test, vi } from "vitest";
import { limits } from "../../../../core/limits.ts";
import { EdgeCopy, type EdgeEnv } from "../../../../workers/api/identity/edge-copy.ts";

type Directory = (name: string) => Promise<string | null>;

/** One isolate before a Directory that knows every name, and a KV that knows none. `FLOODS`: what its location counts. */
function isolate(FLOODS?: EdgeEnv<Directory>["FLOODS"]) {
  const copy = new EdgeCopy<string, Directory>({
    kvKey: (name) => name,
    parse: (text) => JSON.parse(text) as string | null,
    ask: (directory, name) => directory(name),
    newer: (_, other) => other,
    isFinal: () => false,
  });
  const directory = vi.fn<Directory>(async (name) => `the ${name}`);
  const kv = vi.fn<(name: string) => Promise<string | null>>(async () => null);
  const env: EdgeEnv<Directory> = {
    IDENTITY: { get: kv },
    DIRECTORY: { getByName: () => directory },
    ...(FLOODS && { FLOODS }),
  };
  const ctx = { waitUntil: () => undefined };
  return {
    ...{ directory, kv },
    newest: (name: string, now: number) => copy.newest(name, env, ctx, now),
    find: (name: string, now: number) => copy.find(name, env, ctx, now),
  };
}

const start = Date.UTC(2030, 0, 1);
const { newestMillis, newestOfOneMillis } = limits;

test("the newest is asked for once in a while: seldom of one name, and of all together not much more often", async () => {
  const { newest, directory } = isolate();
  const isAsked = async (name: string, after: number) => (await newest(name, start + after)).ok;
  expect(await newest("shop", start)).toEqual({ ok: true, value: "the shop" });
  expect(await isAsked("zoo", newestMillis - 1)).toBe(false);
  expect(await isAsked("zoo", newestMillis)).toBe(true);
  expect(await isAsked("shop", newestOfOneMillis - 1)).toBe(false);
  expect(await isAsked("shop", newestOfOneMillis)).toBe(true);
  // A clock that has stepped back does not keep it from being asked.
  expect(await isAsked("shop", -newestMillis)).toBe(true);
  expect(directory.mock.calls.flat()).toEqual(["shop", "zoo", "shop", "shop"]);
});

test("the Directory is asked so many times in a second, whenever in it that is", async () => {
  const { find, directory } = isolate();
  const most = limits.directoryLookUpsPerSecondMax;
  for (let time = 0; time < most; time++) await find(`name ${time}`, start + time);
  expect(await find("one more", start + 999)).toEqual({ ok: false, error: "unavailable" });
  expect(await find("one more", start + 1000)).toEqual({ ok: true, value: "the one more" });
  expect(directory).toHaveBeenCalledTimes(most + 1);
});

test("what is used during an outage is so until it is too old, and is read ahead once the outage is over", async () => {
  const { find, directory, kv } = isolate();
  const { identityFreshMillis, identityAheadMillis, identityStaleMillis } = limits;
  kv.mockResolvedValue('"shop"');
  expect(await find("shop", start)).toEqual({ ok: true, value: "shop" });
  directory.mockRejectedValue(new Error("away"));
  kv.mockRejectedValue(new Error("away"));
  for (const after of [identityFreshMillis, identityStaleMillis - 1]) {
    expect((await find("shop", start + after)).ok).toBe(true);
  }
  kv.mockClear();
  kv.mockResolvedValue('"shop"');
  const recheckAt = start + identityStaleMillis - 1 + identityFreshMillis;
  expect((await find("shop", recheckAt - identityAheadMillis)).ok).toBe(true);
  expect(kv).toHaveBeenCalledOnce();
});

test("what was read too long ago is not used, however long the outage lasts", async () => {
  const { find, directory, kv } = isolate();
  kv.mockResolvedValueOnce('"shop"');
  await find("shop", start);
  for (const source of [kv, directory]) source.mockRejectedValue(new Error("away"));
  expect((await find("shop", start + limits.identityStaleMillis)).ok).toBe(false);
});

test("however many isolates of a location are asked for made-up names, the Directory is asked as often as the location lets through", async () => {
  let left = 70;
  const limit = vi.fn<(options: { key: string }) => Promise<{ success: boolean }>>(async () => ({
    success: left-- > 0,
  }));
  const isolates = Array.from({ length: 20 }, () => isolate({ limit }));
  for (const [number, { find }] of isolates.entries()) {
    for (let time = 0; time < 10; time++) await find(`made up ${number} ${time}`, start);
  }
  const asked = isolates.reduce((sum, { directory }) => sum + directory.mock.calls.length, 0);
  expect(asked).toBe(70);
  expect(await isolates[0]?.find("one more", start)).toEqual({ ok: false, error: "unavailable" });
  expect(new Set(limit.mock.calls.map(([{ key }]) => key))).toEqual(new Set(["directory"]));
});

test("of what is large less is held at once, so that many tenants with many settings fill no isolate", async () => {
  const { find, kv } = isolate();
  kv.mockImplementation(async (name) => JSON.stringify(`${name} ${"x".repeat(400 * 1024)}`));
  const names = Array.from({ length: 50 }, (_, number) => `tenant ${number}`);
  for (const name of names) await find(name, start);
  kv.mockClear();
  for (const name of names.toReversed()) await find(name, start + 1);
  const held = names.length - kv.mock.calls.length;
  expect(held).toBe(Math.floor(limits.identityCacheMax / 401));
});
