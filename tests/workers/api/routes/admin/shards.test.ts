import { expect, test } from "vitest";
import { ApiWorld, refusal } from "../api-world.ts";

test("a tenant's work is split into more ledgers, never into fewer, and each epoch is shown", async () => {
  const world = new ApiWorld();
  const owner = await world.operator("owner");
  const { tenant } = await world.tenant(["jobs:read"]);
  const path = `/admin/v1/tenants/${tenant}/shards`;
  const whole = { tenant, shards: 1, epochs: [{ shards: 1, since: null }] };
  expect(await owner.get(path)).toMatchObject({ status: 200, body: whole });

  const raised = await owner.ask("PUT", path, { shards: 4 });
  expect(raised).toMatchObject({ status: 200, body: { tenant, shards: 4 } });
  const [first, second] = raised.body.epochs;
  expect(first).toEqual({ shards: 1, since: null });
  expect(second.shards).toBe(4);
  expect(Date.parse(second.since)).toBeGreaterThanOrEqual(world.directory.now);
  expect((await owner.get(path)).body).toEqual(raised.body);

  const fewer = await owner.ask("PUT", path, { shards: 2 });
  expect(refusal(fewer)).toBe("409 conflict");
  expect(fewer.body.detail).toContain("never lowered");
  expect(refusal(await owner.ask("PUT", path, { shards: 0 }))).toBe("400 bad-request");
  await owner.ask("DELETE", `/admin/v1/tenants/${tenant}`);
  const gone = await owner.ask("PUT", path, { shards: 8 });
  expect(refusal(gone)).toBe("409 conflict");
  expect(gone.body.detail).toContain("deleted");
});
