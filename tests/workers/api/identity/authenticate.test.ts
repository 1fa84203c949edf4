import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { apiKeySecretBytes, hashApiKey, mintApiKey } from "../../../../core/identity/api-key.ts";
import {
  serializeStanding,
  standingKey,
  type KeyStanding,
} from "../../../../core/identity/standing.ts";
import { limits } from "../../../../core/limits.ts";
import { Door, identity, key, start } from "./door.ts";

const revoked: KeyStanding = { revoked: true };

beforeEach(() => {
  vi.useFakeTimers({ now: start });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("a request without a usable key", () => {
  test.each([
    ["no field", null],
    ["an empty field", ""],
    ["another scheme", `Basic ${key}`],
    ["no key", "Bearer"],
    ["a mistyped key", `Bearer ${key.slice(0, -1)}`],
    ["another service's key", "Bearer sk_live_0123456789abcdefghijklmno"],
    ["an unknown key", `Bearer ${key}`],
  ])("gets the same answer for %s", async (_, authorization) => {
    const door = new Door();
    const answer = await door.authenticate(authorization);
    expect(answer).toEqual(await new Door().authenticate(null));
    expect(answer).toMatchObject({ ok: false, error: { code: "unauthenticated", status: 401 } });
  });

  test("costs no look-up while the key is malformed", async () => {
    const door = new Door();
    await door.authenticate(`Bearer ${key.slice(0, -1)}x`);
    expect(door.asked).toEqual({ kv: 0, directory: 0 });
  });

  test("costs one look-up while an unknown key is repeated", async () => {
    const door = new Door();
    for (let request = 0; request < 5; request++) await door.authenticate();
    expect(door.asked).toEqual({ kv: 1, directory: 1 });
  });
});

describe("a key in force", () => {
  test("is read from KV, without the Directory, under any spelling of the scheme", async () => {
    const door = new Door({ kv: identity });
    expect(await door.authenticate(`bEARER ${key}`)).toEqual({ ok: true, value: identity });
    expect(door.asked).toEqual({ kv: 1, directory: 0 });
  });

  test("is looked up by its hash alone", async () => {
    const door = new Door();
    const read: string[] = [];
    door.kv = async (name) => {
      read.push(name);
      return null;
    };
    await door.authenticate();
    expect(read).toEqual([standingKey(hashApiKey(key))]);
  });

  test("works at once, before KV has heard of it", async () => {
    const door = new Door({ directory: identity });
    expect(await door.authenticate()).toEqual({ ok: true, value: identity });
  });

  test.each(["KV", "the Directory"])(
    "has what %s of an older version does not tell",
    async (who) => {
      const { tenant, key: id, limits: granted } = identity;
      const old = { tenant, key: id, limits: granted } as unknown as KeyStanding;
      const door = new Door(who === "KV" ? { kv: old } : { directory: old });
      const { scopes, shards, home } = identity;
      expect(await door.authenticate()).toMatchObject({
        ok: true,
        value: { scopes, shards, home },
      });
    },
  );

  test("works where the Directory tells what this version cannot read", async () => {
    const newer = { ...identity, stays: "somewhere" } as unknown as KeyStanding;
    const door = new Door({ directory: newer });
    expect(await door.authenticate()).toEqual({ ok: true, value: newer });
  });

  test("works when KV holds what this version cannot read", async () => {
    const door = new Door({ directory: identity });
    door.kv = async () => "[]";
    expect(await door.authenticate()).toEqual({ ok: true, value: identity });
  });

  test("costs one look-up while it is fresh, and the next one after that", async () => {
    const door = new Door({ kv: identity });
    await door.authenticate();
    door.after(limits.identityFreshMillis - limits.identityAheadMillis - 1);
    await door.authenticate();
    expect(door.asked.kv).toBe(1);
    door.after(limits.identityAheadMillis + 1);
    await door.authenticate();
    expect(door.asked.kv).toBe(2);
  });

  test("that is in use is read again before it has to be, and nobody waits for that", async () => {
    const door = new Door({ kv: identity });
    await door.authenticate();
    door.after(limits.identityFreshMillis - limits.identityAheadMillis);
    const { promise: reading, resolve: answer } = Promise.withResolvers<string>();
    door.kv = () => reading;
    for (let request = 0; request < 5; request++)
      expect(await door.authenticate()).toMatchObject({ ok: true });
    expect(door.asked.kv).toBe(2);
    answer(serializeStanding(revoked));
    await vi.advanceTimersByTimeAsync(0);
    expect(await door.authenticate()).toMatchObject({ ok: false });
  });

  test("costs one look-up for fifty requests at once, kept alive beyond each", async () => {
    const door = new Door({ directory: identity });
    const answers = await Promise.all(Array.from({ length: 50 }, () => door.authenticate()));
    expect(answers.every((answer) => answer.ok)).toBe(true);
    expect(door.asked).toEqual({ kv: 1, directory: 1 });
    expect(door.keptAlive).toBe(1);
  });

  test("keeps what was changed though an older entry of KV shows up again", async () => {
    const suspended = { ...identity, suspended: true, version: 2 };
    const door = new Door({ kv: suspended });
    expect(await door.authenticate()).toMatchObject({ ok: false });
    door.kv = async () => serializeStanding(identity);
    door.after(limits.identityFreshMillis);
    expect(await door.authenticate()).toMatchObject({ ok: false });
  });

  test("asks KV for no shorter caching than KV allows", async () => {
    const door = new Door({ kv: identity });
    await door.authenticate();
    expect(door.cacheTtl).toBeGreaterThanOrEqual(30);
  });
});

describe("a revoked key", () => {
  test.each([
    ["KV", { kv: revoked }],
    ["the Directory", { directory: revoked }],
  ])("is refused as such when %s says so", async (_, sources) => {
    expect(await new Door(sources).authenticate()).toMatchObject({
      ok: false,
      error: { code: "key-revoked", status: 401 },
    });
  });

  test("that was in force is refused once the old reading is no longer fresh", async () => {
    const door = new Door({ kv: identity });
    expect((await door.authenticate()).ok).toBe(true);
    door.kv = async () => serializeStanding(revoked);
    door.after(limits.identityFreshMillis);
    expect((await door.authenticate()).ok).toBe(false);
  });

  test("stays refused though an older entry of KV shows up again", async () => {
    const door = new Door({ kv: revoked });
    await door.authenticate();
    door.kv = async () => serializeStanding(identity);
    door.after(limits.identityFreshMillis * 100);
    expect((await door.authenticate()).ok).toBe(false);
  });
});

const outages: [string, () => Promise<never>][] = [
  ["fails", () => Promise.reject(new Error("outage"))],
  ["never answers", () => new Promise<never>(() => undefined)],
];

describe.each(outages)("while KV %s", (_, outage) => {
  test("the last known identity serves, until it is too old", async () => {
    const door = new Door({ kv: identity });
    await door.authenticate();
    door.kv = outage;
    door.directory = outage;
    door.after(limits.identityStaleMillis - 1);
    expect(await door.authenticateSoon()).toEqual({ ok: true, value: identity });
    door.after(limits.identityFreshMillis);
    expect((await door.authenticateSoon()).ok).toBe(false);
  });

  test("only one request in every fresh period waits to find that out", async () => {
    const door = new Door({ kv: identity });
    await door.authenticate();
    door.kv = outage;
    door.after(limits.identityFreshMillis);
    for (let request = 0; request < 5; request++) await door.authenticateSoon();
    expect(door.asked).toEqual({ kv: 2, directory: 0 });
  });

  test("a key never seen here is asked of the Directory", async () => {
    const door = new Door({ directory: identity });
    door.kv = outage;
    expect(await door.authenticateSoon()).toEqual({ ok: true, value: identity });
  });

  test("and the Directory too, a key never seen is answered 503 with a time to retry", async () => {
    const door = new Door();
    door.kv = outage;
    door.directory = outage;
    expect(await door.authenticateSoon()).toMatchObject({
      ok: false,
      error: { code: "unavailable", status: 503, retryAfterMillis: limits.identityRetryMillis },
    });
    door.directory = async () => identity;
    expect((await door.authenticateSoon()).ok).toBe(true);
  });
});

describe("a clock that has stepped back", () => {
  test("keeps no reading longer than it is fresh", async () => {
    const door = new Door({ kv: identity });
    await door.authenticate();
    door.kv = async () => serializeStanding(revoked);
    door.after(-10 * limits.identityFreshMillis);
    expect(await door.authenticate()).toMatchObject({ error: { code: "key-revoked" } });
  });

  test("leaves no key unknown for longer", async () => {
    const door = new Door();
    await door.authenticate();
    door.directory = async () => identity;
    door.after(-10 * limits.identityFreshMillis);
    expect(await door.authenticate()).toEqual({ ok: true, value: identity });
  });
});

describe("whatever else fails", () => {
  test("an identity that KV has lost serves on while the Directory is away", async () => {
    const door = new Door({ directory: identity });
    await door.authenticate();
    door.directory = () => Promise.reject(new Error("outage"));
    door.after(limits.identityFreshMillis);
    expect(await door.authenticate()).toEqual({ ok: true, value: identity });
  });

  test("a look-up that dies with its request holds nobody for ever", async () => {
    const door = new Door();
    door.kv = () => new Promise<never>(() => undefined);
    // The first timer set is the look-up's own time-out: the platform takes it away with the request.
    const timers = vi.spyOn(globalThis, "setTimeout");
    timers.mockReturnValueOnce(setTimeout(() => undefined));
    expect(await door.authenticateSoon()).toMatchObject({
      ok: false,
      error: { code: "unavailable" },
    });
    timers.mockRestore();
    door.kv = async () => serializeStanding(identity);
    expect((await door.authenticate()).ok).toBe(true);
  });

  test("made-up keys do not flood the Directory, nor push out an identity", async () => {
    const door = new Door({ kv: identity });
    await door.authenticate();
    door.kv = async () => null;
    const madeUp = 2 * limits.unknownKeysCacheMax;
    const codes = await Promise.all(
      Array.from({ length: madeUp }, (_, index) => door.authenticate(`Bearer ${madeUpKey(index)}`)),
    );
    expect(door.asked.directory).toBe(limits.directoryLookUpsPerSecondMax);
    const refused = codes.filter((answer) => !answer.ok && answer.error.code === "unavailable");
    expect(refused.length).toBe(madeUp - limits.directoryLookUpsPerSecondMax);

    const asked = door.asked.kv;
    expect((await door.authenticate()).ok).toBe(true);
    expect(door.asked.kv).toBe(asked);
  });

  test("the identities held are bounded: the one longest unused is forgotten", async () => {
    const door = new Door({ kv: identity });
    const madeUp = Array.from({ length: limits.identityCacheMax }, (_, index) => madeUpKey(index));
    for (const key of madeUp) await door.authenticate(`Bearer ${key}`);
    await door.authenticate(`Bearer ${madeUp[0]}`);
    await door.authenticate();

    const asked = door.asked.kv;
    await door.authenticate(`Bearer ${madeUp[0]}`);
    expect(door.asked.kv).toBe(asked);
    await door.authenticate(`Bearer ${madeUp[1]}`);
    expect(door.asked.kv).toBe(asked + 1);
  });
});

function madeUpKey(index: number) {
  const bytes = new Uint8Array(apiKeySecretBytes);
  new DataView(bytes.buffer).setUint32(0, index);
  return mintApiKey(bytes);
}
