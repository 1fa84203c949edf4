import { beforeEach, describe, expect, test, vi } from "vitest";
import { limits } from "../../../../core/limits.ts";
import { HOUR } from "../../../../core/magnitudes.ts";
import { audit } from "../../../../workers/billing/audit/audit.ts";
import { AuditedWorld, ulidAt } from "./audited-world.ts";

const tenant = "tnt_a";
const ledger = `${tenant}/local/0`;
const start = Date.UTC(2026, 10, 29);

beforeEach(() => void vi.spyOn(console, "error").mockReturnValue());

/** A tenant with so many jobs, a second apart. */
function worldOf(jobs: number): AuditedWorld {
  const world = new AuditedWorld([tenant], start);
  for (let job = 0; job < jobs; job++) {
    world.clock += 1000;
    world.finish(tenant);
  }
  return world;
}

const run = async (world: AuditedWorld) =>
  (await audit(world, world.bucket, { tenant, cursor: null })).breaches.map(
    ({ invariant, subject }) => `${invariant} ${subject}`,
  );

const idOf = (world: AuditedWorld, at: number) => world.jobs.get(ledger)?.at(at)?.id ?? "";

describe("pictures are looked for", () => {
  test.each([0, 1])(
    "before the oldest job only once it is known to be that: %i more than a page",
    async (more) => {
      const world = worldOf(limits.pageSizeMax + more);
      const list = vi.spyOn(world, "listPictures");
      expect(await run(world)).toEqual([]);
      const everything = `pictures/${tenant}/job_local_0_`;
      expect(list.mock.calls.map(([{ startAfter }]) => startAfter)).toEqual([
        `pictures/${tenant}/${idOf(world, -limits.pageSizeMax)}/`,
        everything,
      ]);
    },
  );

  test("also where they are older than every job", async () => {
    const world = worldOf(3);
    const orphan = `job_local_0_${ulidAt(start - HOUR, 99)}`;
    world.pictures.set(`pictures/${tenant}/${orphan}/source`, 1);
    world.clock += limits.auditOrphanMillis;
    expect(await run(world)).toEqual([`pictures-have-a-job ${orphan}`]);
  });
});

test("of a tenant that is deleted only the pictures may be gone", async () => {
  const world = worldOf(2);
  const settle = vi.spyOn(world, "settle").mockReturnValue();
  const unbilled = world.finish(tenant);
  settle.mockRestore();
  world.pictures.clear();
  const lost = [0, 1, 2].map((at) => `done-pictures-are-there ${idOf(world, at)}`);
  const billed = `ended-jobs-are-billed-once ${unbilled.id}`;
  expect((await run(world)).filter((each) => each.startsWith("done-"))).toEqual(
    expect.arrayContaining(lost),
  );
  const balance = world.balance.bind(world);
  world.balance = async (name) => {
    const known = await balance(name);
    return known && { ...known, deleted: true };
  };
  const found = await run(world);
  expect(found).toContain(billed);
  expect(found.filter((each) => each.startsWith("done-"))).toEqual([]);
});
