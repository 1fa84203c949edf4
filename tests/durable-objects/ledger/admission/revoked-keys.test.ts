import { expect, test } from "vitest";
import { limits } from "../../../../core/limits.ts";
import { LedgerWorld } from "../ledger-world.ts";

test("a revoked key is refused at once and after an eviction, and forgotten when it is long out of force", () => {
  const world = new LedgerWorld();
  const refused = () => !world.answer(world.request({ key: "key_1" })).verdict.ok;
  world.ledger.revokeKey("key_1");
  world.pass(limits.revokedKeysKnownMillis);
  world.ledger.revokeKey("key_2");
  expect(refused()).toBe(true);
  world.wake();
  expect(refused()).toBe(true);

  world.pass(1);
  world.ledger.revokeKey("key_3");
  expect(refused()).toBe(false);
  expect(world.rows(`SELECT id FROM revoked_keys ORDER BY id`)).toEqual([
    { id: "key_2" },
    { id: "key_3" },
  ]);
});

test("a revoked key opens no new work, not even after the object has started again", async () => {
  const world = new LedgerWorld();
  world.accept({ key: "key_1" });
  world.ledger.revokeKey("key_1");
  for (let lives = 1; lives <= 2; lives++) {
    const { verdict } = await world.ledger.accept(world.request({ key: "key_1" }));
    expect(verdict).toMatchObject({ ok: false, error: { code: "key-revoked" } });
    world.wake();
  }
  world.accept({ key: "key_2" });
});
