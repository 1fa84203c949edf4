import fc from "fast-check";
import { expect, test } from "vitest";
import { tenantQueues } from "../../../core/fleet/shuffle-shard.ts";

const tenants = Array.from({ length: 2_000 }, (_, index) => `tnt_${index}`);

test("a tenant has as many different queues as asked for, the same each time", () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 5 }),
      (tenant, queues, spread) => {
        const chosen = tenantQueues(tenant, queues, spread);
        expect(new Set(chosen).size).toBe(Math.min(queues, spread));
        expect(chosen.every((queue) => queue >= 0 && queue < queues)).toBe(true);
        expect(tenantQueues(tenant, queues, spread)).toEqual(chosen);
      },
    ),
  );
});

test("queues carry about the same number of tenants", () => {
  const load = Array.from({ length: 8 }, () => 0);
  for (const tenant of tenants) {
    for (const queue of tenantQueues(tenant, 8, 2)) load[queue] = (load[queue] ?? 0) + 1;
  }
  expect(Math.max(...load) / Math.min(...load)).toBeLessThan(1.25);
});

test("few tenants share both queues with one that fills them", () => {
  const flooding = new Set(tenantQueues("tnt_flood", 8, 2));
  const sharing = tenants.filter((tenant) =>
    tenantQueues(tenant, 8, 2).every((queue) => flooding.has(queue)),
  );
  // One pair in 28.
  expect(sharing.length / tenants.length).toBeLessThan(0.06);
  expect(sharing.length).toBeGreaterThan(0);
});

test("another queue changes a tenant's set by at most that queue", () => {
  for (const tenant of tenants) {
    const before = tenantQueues(tenant, 8, 2);
    const added = tenantQueues(tenant, 9, 2).filter((queue) => !before.includes(queue));
    expect(added.every((queue) => queue === 8)).toBe(true);
  }
});

test("a tenant's queues stay what they are from one version to the next", () => {
  expect(tenantQueues("tnt_a", 8, 3)).toEqual([4, 3, 2]);
  expect(tenantQueues("tnt_b", 8, 3)).toEqual([0, 3, 5]);
});
