import { expect, test } from "vitest";
import { limits } from "../../../core/limits.ts";
import { LedgerWorld } from "./ledger-world.ts";

test("a job that may have ended before a restore is looked at once in a while, not with each alarm", async () => {
  const world = new LedgerWorld();
  const id = world.accept();
  world.pass(2 * limits.jobDeadlineMillis);
  world.books.before = () => Promise.reject(new Error("away"));
  await world.wake().alarm();
  expect((await world.ledger.read(id))?.settledAt).toBeNull();
  const [job] = world.rows<{ due: number }>(`SELECT due FROM jobs`);
  expect(job?.due).toBeGreaterThan(world.now + limits.alarmRetryMillis);
});
