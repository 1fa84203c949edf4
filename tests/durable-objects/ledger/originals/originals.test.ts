import { beforeEach, describe, expect, test } from "vitest";
import { originalId, originalKey } from "../../../../core/delivery/original.ts";
import { limitsOf } from "../../../../core/identity/tenant-limits.ts";
import { limits } from "../../../../core/limits.ts";
import { DAY } from "../../../../core/magnitudes.ts";
import { LedgerWorld } from "../ledger-world.ts";

let world: LedgerWorld;
beforeEach(() => {
  world = new LedgerWorld();
});

const granted = limitsOf("custom", { storedImagesMax: 3, storedBytesMax: 100 });
const hashOf = (digit: number | string) => String(digit).repeat(64).slice(0, 64);
const keyOf = (hash: string) => originalKey("tnt_x", originalId(hash));

const reserve = (hash: string, bytes = 10) =>
  world.ledger.originals.reserve({ key: "key_1", limits: granted, limitsVersion: 1, hash, bytes });

function reserved(hash: string, bytes = 10): number {
  const answer = reserve(hash, bytes);
  if (!answer.ok) throw new Error(answer.error.detail);
  return answer.value.doubt;
}

const put = (hash: string, bytes = 10) => world.pictures.put(keyOf(hash), new Uint8Array(bytes));

async function store(hash: string, bytes = 10): Promise<void> {
  const doubt = reserved(hash, bytes);
  await put(hash, bytes);
  world.ledger.originals.settle(hash, doubt);
}

const used = () => world.ledger.originals.used();
const code = (answer: ReturnType<typeof reserve>) => (answer.ok ? "ok" : answer.error.code);

describe("stored pictures", () => {
  test("count once, however often the same bytes are sent", async () => {
    await store(hashOf(1));
    await store(hashOf(1));
    await store(hashOf(2));
    expect(used()).toEqual({ images: 2, bytes: 20 });
    world.wake();
    expect(used()).toEqual({ images: 2, bytes: 20 });
  });

  test("are refused beyond the plan, and the same bytes again are not", async () => {
    await Promise.all([1, 2, 3].map((digit) => store(hashOf(digit))));
    expect(code(reserve(hashOf(4)))).toBe("storage-limit-reached");
    expect(code(reserve(hashOf(3)))).toBe("ok");
    expect(used()).toEqual({ images: 3, bytes: 30 });
  });

  test("of many at once as many come in as there is room for", () => {
    const answers = Array.from({ length: 10 }, (_, digit) => code(reserve(hashOf(digit), 40)));
    expect(answers.filter((answer) => answer === "ok")).toHaveLength(2);
  });

  test("give their room back when they are deleted", async () => {
    await store(hashOf(1), 100);
    expect(code(reserve(hashOf(2)))).toBe("storage-limit-reached");
    await world.ledger.originals.remove(hashOf(1));
    expect(world.pictures.keys()).toEqual([]);
    expect(used()).toEqual({ images: 0, bytes: 0 });
    await world.ledger.originals.remove(hashOf(1));
    expect(code(reserve(hashOf(2)))).toBe("ok");
  });

  test("stay counted when storage does not delete them, until it is known", async () => {
    await store(hashOf(1));
    world.pictures.before = (call) => {
      if (call === "delete") throw new Error("storage is away");
    };
    await expect(world.ledger.originals.remove(hashOf(1))).rejects.toThrow("could not be deleted");
    expect(used().images).toBe(1);
    world.pictures.before = () => undefined;
    world.pictures.objects.clear();
    await world.ring(limits.orphanMillis + 1000);
    expect(used().images).toBe(0);
  });

  test("whose request ended before it was stored give their room back by themselves", async () => {
    reserved(hashOf(1), 100);
    await world.ring(limits.orphanMillis - 1000);
    expect(code(reserve(hashOf(2)))).toBe("storage-limit-reached");
    await world.ring(2000);
    expect(code(reserve(hashOf(2)))).toBe("ok");
    expect(world.events("originals-recounted")).toMatchObject([{ added: 0, removed: 1 }]);
  });

  test("whose request ended after it was stored stay counted", async () => {
    reserved(hashOf(1));
    await put(hashOf(1));
    await world.ring(DAY);
    expect(used()).toEqual({ images: 1, bytes: 10 });
    expect(world.rows("SELECT doubt FROM originals")).toEqual([{ doubt: null }]);
  });

  test("that are stored while they are deleted are counted as storage has them", async () => {
    await store(hashOf(1));
    const doubt = reserved(hashOf(1));
    await world.ledger.originals.remove(hashOf(1));
    await put(hashOf(1));
    world.ledger.originals.settle(hashOf(1), doubt);
    expect(used().images).toBe(1);
    await world.ring(limits.orphanMillis + 1000);
    expect(used().images).toBe(1);
    world.pictures.objects.clear();
    await world.ring(DAY);
    expect(used().images).toBe(0);
  });
});

describe("a picture that is deleted", () => {
  test("while it is sent again has its room free once that must be over", async () => {
    await store(hashOf(1));
    await world.ring(1000);
    const doubt = reserved(hashOf(1));
    await put(hashOf(1));
    await world.ledger.originals.remove(hashOf(1));
    world.ledger.originals.settle(hashOf(1), doubt);
    expect(used().images).toBe(1);
    await world.ring(limits.orphanMillis + 1000);
    expect(used().images).toBe(0);
  });

  test("and was never counted sets no alarm", async () => {
    await put(hashOf(1));
    await world.ledger.originals.remove(hashOf(1));
    expect(world.pictures.keys()).toEqual([]);
    expect(world.storage.alarmAt).toBeNull();
  });

  test("while storage lists it is not counted again", async () => {
    await store(hashOf(1));
    const list = world.pictures.list.bind(world.pictures);
    world.pictures.list = async (asked) => {
      const listed = await list(asked);
      if (asked.prefix.startsWith("originals/")) await world.ledger.originals.remove(hashOf(1));
      return listed;
    };
    await world.ring(1000);
    expect(used().images).toBe(0);
  });
});

describe("what was stored without being counted", () => {
  const storeUncounted = (count: number) =>
    Promise.all(
      Array.from({ length: count }, (_, number) => put(number.toString(16).padStart(64, "0"))),
    );

  test("by older code is counted when the tenant first stores or asks, a page of keys at a time", async () => {
    await storeUncounted(limits.listKeysMax + 5);
    expect(used().images).toBe(0);
    await world.ring(10_000);
    expect(used()).toEqual({
      images: limits.listKeysMax + 5,
      bytes: 10 * (limits.listKeysMax + 5),
    });
  });

  test("is found within a day, and so is what was deleted past the ledger", async () => {
    await store(hashOf("a"));
    await world.ring(1000);
    world.pictures.objects.clear();
    await storeUncounted(2);
    await world.ring(DAY);
    expect(used()).toEqual({ images: 2, bytes: 20 });
  });

  test("and forgotten by a ledger that is restored from a backup is counted again", async () => {
    await store(hashOf(1));
    await world.ring(1000);
    const backup = world.storage.backup();
    world.finish(world.accept());
    await store(hashOf(2));
    await world.ledger.originals.remove(hashOf(1));
    await world.ledger.seal();
    world.restore(backup);
    expect(world.rows("SELECT hash FROM originals")).toEqual([{ hash: hashOf(1) }]);
    world.accept();
    await world.ledger.seal();
    await world.ring(60_000);
    expect(world.rows("SELECT hash FROM originals")).toEqual([{ hash: hashOf(2) }]);
    expect(used()).toEqual({ images: 1, bytes: 10 });
  });
});

describe("who may store", () => {
  test("is decided by the newest terms, and no revoked key and no suspended tenant may", () => {
    const shards = [{ shards: 1, since: 0 }] as const;
    world.ledger.revokeKey("key_1");
    expect(code(reserve(hashOf(1)))).toBe("key-revoked");
    world = new LedgerWorld();
    const told = { version: 7, limits: limitsOf("free", { storedImagesMax: 1 }), shards };
    world.ledger.setTerms({ ...told, status: "active" });
    expect([reserve(hashOf(1)), reserve(hashOf(2))].map(code)).toEqual([
      "ok",
      "storage-limit-reached",
    ]);
    world.ledger.setTerms({ ...told, version: 8, status: "suspended" });
    expect(code(reserve(hashOf(1)))).toBe("tenant-suspended");
    world.ledger.setTerms({ ...told, version: 9, status: "deleted" });
    expect(code(reserve(hashOf(1)))).toBe("tenant-suspended");
  });

  test("a deleted tenant's pictures are gone, and nobody counts them any more", async () => {
    await store(hashOf(1));
    const told = { version: 7, limits: granted, shards: [{ shards: 1, since: 0 }] } as const;
    world.ledger.setTerms({ ...told, status: "deleted" });
    await world.ring(DAY);
    expect(world.pictures.keys().filter((key) => key.startsWith("originals/"))).toEqual([]);
    expect(world.rows("SELECT * FROM originals")).toEqual([]);
    await world.ring(3 * DAY);
    expect(world.storage.alarmAt).toBeNull();
  });

  test("while a deleted tenant's pictures go page by page, those that are left are not counted", async () => {
    for (let number = 0; number < 2 * limits.listKeysMax; number++) {
      await put(number.toString(16).padStart(64, "0"));
    }
    used();
    world.ledger.setTerms({ version: 7, limits: granted, status: "deleted" });
    await world.ring(60_000);
    expect(world.pictures.keys()).toEqual([]);
    expect(world.events("originals-recounted")).toEqual([]);
  });
});

test("a tenant that stores nothing is looked at once, and not again", async () => {
  let lists = 0;
  world.pictures.before = (call, prefix) => {
    if (call === "list" && prefix.startsWith("originals/")) lists += 1;
  };
  used();
  await world.ring(30 * DAY);
  used();
  expect(lists).toBe(1);
  expect(world.storage.alarmAt).toBeNull();
});
