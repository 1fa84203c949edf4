import { beforeEach, describe, expect, test, vi } from "vitest";
import type { Job } from "../../../../core/job/job.ts";
import { firstPrevious } from "../../../../core/ledger/segment.ts";
import { limits } from "../../../../core/limits.ts";
import { HOUR } from "../../../../core/magnitudes.ts";
import { audit, auditTenants } from "../../../../workers/billing/audit/audit.ts";
import { AuditStore } from "../../../../workers/billing/audit/audit-store.ts";
import { byTheClock } from "../../../../workers/billing/audit/audit-tenant.ts";
import { rollUpNext } from "../../../../workers/billing/roll-up.ts";
import { AuditedWorld, ulidAt } from "./audited-world.ts";

const tenant = "tnt_a";
const ledger = `${tenant}/local/0`;
const start = Date.UTC(2026, 10, 20, 8, 10);

const errors = vi.spyOn(console, "error");
beforeEach(() => void errors.mockReset().mockReturnValue());

/** Each of the tenants has so many jobs, a second apart. */
function worldOf(jobs: number, tenants: readonly string[] = [tenant]): AuditedWorld {
  const world = new AuditedWorld(tenants, start);
  for (let job = 0; job < jobs; job++) {
    world.clock += 1000;
    for (const each of tenants) world.finish(each);
  }
  return world;
}

/** Its tenant has so many ledgers, of which the first alone has jobs. */
function split(world: AuditedWorld, shards: number): AuditedWorld {
  const seal = world.seal.bind(world);
  vi.spyOn(world, "seal").mockImplementation(async (name) =>
    name.endsWith("/0")
      ? { ...(await seal(name)), shards }
      : { segments: 0, hash: firstPrevious, sealedThrough: world.clock },
  );
  return world;
}

const auditOne = (world: AuditedWorld) => audit(world, world.bucket, { tenant, cursor: null });
const auditAll = (world: AuditedWorld) =>
  audit(world, world.bucket, { tenant: null, cursor: null });

/** Lists of jobs take this long. */
function slowLists(world: AuditedWorld, millis: number): void {
  const list = world.listJobs.bind(world);
  vi.spyOn(world, "listJobs").mockImplementation((...asked) => {
    world.clock += millis;
    return list(...asked);
  });
}

describe("an audit ends in time", () => {
  test.each([
    [0, []],
    [1, [`${tenant}/local/1`]],
  ])("ledgers that it had no time for are named: %i ms too late", async (late, unreachable) => {
    const world = split(worldOf(1), 2);
    slowLists(world, limits.auditTenantMillisMax + late);
    expect(await auditOne(world)).toMatchObject({ ledgers: 2, unreachable });
  });

  test.each([
    [0, 2, null],
    [1, 1, tenant],
  ])(
    "tenants that it had no time for are left to the next: %i ms too late",
    async (late, begun, cursor) => {
      const world = worldOf(1, [tenant, "tnt_b"]);
      slowLists(world, limits.auditTenantMillisMax + late);
      expect(await auditAll(world)).toMatchObject({ tenants: begun, cursor });
    },
  );

  test("and with what it may cost, where asking again about breaches counts too", async () => {
    const tenants = [tenant, "tnt_b"];
    const costOf = async (isBroken: boolean, costMax: number) => {
      const world = worldOf(limits.pageSizeMax, tenants);
      if (isBroken) world.pictures.clear();
      return auditTenants(world, world.bucket, { tenants, depth: byTheClock, costMax, atOnce: 1 });
    };
    const { cost } = await costOf(false, 1);
    // Two renditions of each job are gone.
    expect((await costOf(true, 1)).cost).toBe(cost + 2 * limits.pageSizeMax);
    expect((await costOf(false, cost)).left).toEqual(["tnt_b"]);
    expect((await costOf(false, cost + 1)).left).toEqual([]);
  });

  test("by the clock it looks at the newest jobs alone, and on demand at more", async () => {
    const world = worldOf((limits.auditWindowsMax + 2) * limits.pageSizeMax);
    const list = vi.spyOn(world, "listJobs");
    await auditAll(world);
    expect(list).toHaveBeenCalledTimes(limits.auditWindowsMax);
    list.mockClear();
    await auditOne(world);
    expect(list).toHaveBeenCalledTimes(limits.auditWindowsMax + 3);
  });

  test("a tenant with many ledgers has as much looked at as one with few, and something of each", async () => {
    const ledgers = limits.auditTenantWindowsMax / 2 + 1;
    const world = split(worldOf(limits.pageSizeMax), ledgers);
    const page = await world.listJobs(ledger, null, limits.pageSizeMax);
    const list = vi.spyOn(world, "listJobs").mockResolvedValue(page);
    await auditAll(world);
    expect(list).toHaveBeenCalledTimes(ledgers);
  });

  test("of a thousand breaches it tells, and asks no more than these again", async () => {
    const world = worldOf(limits.auditBreachesMax + 1);
    world.pictures.clear();
    const again = vi.spyOn(world, "job");
    expect((await auditOne(world)).breaches).toHaveLength(limits.auditBreachesMax);
    expect(again).toHaveBeenCalledTimes(limits.auditBreachesMax);
    const two = worldOf(limits.auditWindowsMax * limits.pageSizeMax, [
      tenant,
      "tnt_b",
      "tnt_c",
      "tnt_d",
    ]);
    two.pictures.clear();
    expect((await auditAll(two)).breaches).toHaveLength(limits.auditBreachesMax);
  });
});

describe("what could not be looked at", () => {
  test("is logged with its reason", async () => {
    const world = worldOf(1);
    world.balance = () => Promise.reject(new Error("away"));
    vi.spyOn(world.store, "statement").mockRejectedValue(new Error("torn"));
    world.clock += HOUR;
    await rollUpNext(world, { preview: true });
    expect(await auditOne(world)).toMatchObject({ unreachable: [ledger] });
    expect(errors).toHaveBeenCalledWith({
      ...{ event: "ledger-not-audited", ledger, cause: "Error: away" },
    });
    expect(errors).toHaveBeenCalledWith({
      ...{ event: "statements-not-audited", tenant, cause: "Error: torn" },
    });
  });

  test("is the tenant, where the books do not say which ledgers it has", async () => {
    const world = worldOf(1);
    vi.spyOn(world.store, "checkpoint").mockRejectedValue(new Error("away"));
    expect(await auditOne(world)).toMatchObject({ ledgers: 0, unreachable: [tenant] });
    expect(errors).toHaveBeenCalledWith({
      ...{ event: "tenant-not-audited", tenant, cause: "Error: away" },
    });
  });
});

describe("before it is said that something is broken, the job is asked for again", () => {
  test("a picture whose job has come meanwhile is none without a job", async () => {
    const world = worldOf(1);
    world.pictures.set(`pictures/${tenant}/job_local_0_${ulidAt(start + 500, 99)}/source`, 1);
    world.clock += limits.auditOrphanMillis;
    expect((await auditOne(world)).breaches).toMatchObject([{ invariant: "pictures-have-a-job" }]);
    world.job = async () => ({ status: "accepted" }) as Job;
    expect((await auditOne(world)).breaches).toEqual([]);
  });

  test("a message is lost only while its job waits for it", async () => {
    const world = worldOf(3);
    const [{ id } = { id: "" }] = world.jobs.get(ledger) ?? [];
    world.lostMessages = [id];
    const invariant = "messages-are-taken-waiting-or-dead";
    const report = await auditOne(world);
    expect(report.breaches).toEqual([]);
    world.job = async () => ({ status: "accepted" }) as Job;
    const lost = await auditOne(world);
    expect(lost.breaches).toMatchObject([{ invariant, subject: id }]);
    expect(lost.invariants[invariant]).toEqual({ checked: 3, breaches: 1 });
  });
});

test.each([
  ["is done again after a restore has its record where it was done first", 2, []],
  ["has its record at another time, and was not restored, is not billed", 1, [expect.any(Object)]],
])("a job that %s", async (_, incarnation, breaches) => {
  const world = worldOf(0);
  for (let hours = 0; hours < 6; hours++) {
    world.finish(tenant);
    await world.seal(ledger);
    world.clock += HOUR;
  }
  const jobs = world.jobs.get(ledger) ?? [];
  jobs.splice(0, 1, ...jobs.slice(0, 1).map((job) => ({ ...job, settledAt: world.clock })));
  const seal = world.seal.bind(world);
  vi.spyOn(world, "seal").mockImplementation(async (name) => ({
    ...(await seal(name)),
    incarnation,
  }));
  expect((await auditOne(world)).breaches).toEqual(breaches);
});

test("a ledger's counts that do not add up are told as they are", async () => {
  const world = worldOf(1);
  const balance = world.balance.bind(world);
  world.balance = async (name) => {
    const known = await balance(name);
    return known && { ...known, accepted: 9, open: 5, endedBefore: 2 };
  };
  expect((await auditOne(world)).breaches).toMatchObject([
    { detail: "9 were accepted; 1 have ended, and 3 are open" },
  ]);
});

test("of the months that are closed the newest one's statement is looked at, and all that are open", async () => {
  const world = new AuditedWorld([tenant], Date.UTC(2026, 6, 20));
  for (const month of [7, 8, 9, 10]) {
    world.finish(tenant);
    world.clock = Date.UTC(2026, month, 2);
    await rollUpNext(world, { preview: false });
  }
  const read = vi.spyOn(world.store, "statement");
  await auditOne(world);
  expect(read.mock.calls.map(([, month]) => month)).toEqual(["2026-11", "2026-10"]);
});

test("where no part has ended nothing is deleted", async () => {
  const { bucket } = worldOf(0);
  const deleted = vi.spyOn(bucket, "delete");
  await new AuditStore(bucket).forgetEnded([]);
  expect(deleted).not.toHaveBeenCalled();
  await new AuditStore(bucket).forgetEnded(["a"]);
  expect(deleted).toHaveBeenCalledExactlyOnceWith(["a"]);
});
