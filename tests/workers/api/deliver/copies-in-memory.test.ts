import { afterEach, expect, test, vi } from "vitest";
import { limits } from "../../../../core/limits.ts";
import { type FoundCopy, locationCache } from "../../../../workers/api/deliver/location-cache.ts";

afterEach(() => void vi.unstubAllGlobals());

const start = Date.UTC(2030, 0, 1);
let locations = 0;

/** A location's cache whose copies are `bytes` long, and the keys that it was asked for. */
function openLocation(bytes: number) {
  const asked: string[] = [];
  const kept = new Map<string, Response>();
  const cache = {
    match: async (key: string) => {
      asked.push(key);
      return kept.get(key)?.clone();
    },
    put: async (key: string, response: Response) => void kept.set(key, response),
    delete: async (key: string) => kept.delete(key),
  };
  vi.stubGlobal("caches", { open: async () => cache });
  const location = ++locations;
  const place = (number: number) => {
    const key = `location ${location} ${number}`;
    return { tenant: "tnt_x", name: key, key };
  };
  const keep = async (number: number, askedAt: number, hash = "h") => {
    const background: Promise<unknown>[] = [];
    const ctx = { waitUntil: (work: Promise<unknown>) => void background.push(work) };
    const copy = { format: "webp", hash, etag: `"${number}"`, askedAt } as const;
    const read = async () => ({ ...copy, bytes: new Uint8Array(bytes).fill(number) });
    const about = { read, bytes, freshUntil: Infinity, now: askedAt };
    await locationCache.keep(ctx, place(number), about);
    await Promise.all(background);
  };
  const find = (number: number, now: number) => locationCache.find(place(number), now);
  return { asked, kept, place, keep, find };
}

const bytesOf = async (copy: FoundCopy | null) => copy && new Response(copy.body).bytes();

test("a copy that is asked for again is in memory: the location's cache is asked once", async () => {
  const { asked, keep, find } = openLocation(1000);
  await keep(7, start);
  const first = await find(7, start + 1);
  const again = await find(7, start + limits.copyFreshMillis - 1);
  expect(asked).toHaveLength(1);
  expect(await bytesOf(again)).toEqual(new Uint8Array(1000).fill(7));
  expect({ ...again, body: null }).toEqual({ ...first, body: null });
});

test("when it is no longer fresh, the location is asked for what another isolate may have renewed", async () => {
  const { asked, kept, place, keep, find } = openLocation(1000);
  await keep(1, start);
  await find(1, start);
  await keep(1, start + limits.copyFreshMillis);
  const renewed = await find(1, start + limits.copyFreshMillis);
  expect(renewed?.askedAt).toBe(start + limits.copyFreshMillis);
  expect(asked).toHaveLength(2);
  kept.delete(place(1).key);
  expect(await find(1, start + 2 * limits.copyFreshMillis)).toBe(null);
});

test("one that is not fresh is sent as it comes, and not held", async () => {
  const { asked, keep, find } = openLocation(1000);
  await keep(1, start);
  for (let time = 0; time < 2; time++) {
    const copy = await find(1, start + limits.copyFreshMillis + time);
    expect(copy?.body).toBeInstanceOf(ReadableStream);
  }
  expect(asked).toHaveLength(2);
});

test("what is dropped, or has ended, is not sent from memory", async () => {
  const { asked, keep, find, place } = openLocation(1000);
  for (const number of [1, 2]) {
    await keep(number, start, `hash of ${number}`);
    await find(number, start);
  }
  await locationCache.drop(place(1));
  expect(await find(1, start + 1)).toBe(null);
  locationCache.end(start + 1, "tnt_x", "hash of 2");
  expect(await find(2, start + 2)).toBe(null);
  // What the location has of it since is.
  asked.length = 0;
  await keep(2, start + 2, "hash of 2");
  expect(await find(2, start + 3)).toMatchObject({ askedAt: start + 2 });
  expect(asked).toHaveLength(1);
});

test("small copies count with their names, which may be longer than they are", async () => {
  const { asked, keep, place } = openLocation(1);
  const name = "n".repeat(limits.copiesInMemoryBytesMax / 4);
  const long = (number: number) => ({ ...place(number), name: `${number} ${name}` });
  for (let number = 0; number < 5; number++) {
    await keep(number, start);
    await locationCache.find(long(number), start);
  }
  asked.length = 0;
  await locationCache.find(long(4), start);
  expect(asked).toEqual([]);
  await locationCache.find(long(0), start);
  expect(asked).toHaveLength(1);
});

test("memory holds so many bytes of copies: the one that was not asked for longest goes first", async () => {
  const bytes = limits.copyBytesMax;
  const { asked, keep, find, place } = openLocation(bytes);
  // Their names count too.
  const fits = Math.floor(limits.copiesInMemoryBytesMax / (bytes + place(0).name.length));
  for (let number = 0; number <= fits; number++) await keep(number, start);
  for (let number = 0; number < fits; number++) await find(number, start);
  await find(0, start);
  expect(asked).toHaveLength(fits);
  await find(fits, start);
  asked.length = 0;
  await find(0, start);
  await find(fits, start);
  expect(asked).toEqual([]);
  await find(1, start);
  expect(asked).toHaveLength(1);
});

test("a larger one than an isolate reads into memory is streamed", async () => {
  const { keep, find } = openLocation(limits.copyBytesMax + 1);
  await keep(1, start);
  const copy = await find(1, start);
  expect(copy?.body).toBeInstanceOf(ReadableStream);
});

test("work that died with its request takes no room for ever", async () => {
  const bytes = limits.copyBytesMax;
  const { place } = openLocation(bytes);
  const ctx = { waitUntil: () => undefined };
  const die = () => new Promise<never>(() => undefined);
  let dead = 0;
  while (dead < 100 && locationCache.takes(place(dead), bytes, start)) {
    const about = { read: die, bytes, freshUntil: Infinity, now: start };
    void locationCache.keep(ctx, place(dead++), about);
  }
  expect(dead).toBe(limits.copiesHeldBytesMax / bytes);
  const end = start + limits.copyAgainMillis;
  expect(locationCache.takes(place(200), bytes, end - 1)).toBe(false);
  expect(locationCache.takes(place(200), bytes, end)).toBe(true);
});

test("what has ended stays so, however many others have ended since", async () => {
  const { keep, find } = openLocation(1000);
  for (const number of [1, 2]) {
    await keep(number, start + number, "hash");
    await find(number, start + number);
  }
  locationCache.end(start + 1, "tnt_x", "hash");
  for (let other = 0; other < limits.copiesKnownMax; other++) {
    locationCache.end(start + 1, "tnt_y", `hash of ${other}`);
  }
  expect(await find(1, start + 3)).toBe(null);
  // What was asked for since is there.
  expect(await find(2, start + 3)).toMatchObject({ askedAt: start + 2 });
});
