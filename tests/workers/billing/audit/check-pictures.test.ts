import { expect, test, vi } from "vitest";
import { Tally } from "../../../../core/billing/audit-report.ts";
import { originalKey } from "../../../../core/delivery/original.ts";
import type { Job } from "../../../../core/job/job.ts";
import { limits } from "../../../../core/limits.ts";
import { checkPictures } from "../../../../workers/billing/audit/check-pictures.ts";
import { AuditedWorld, ulidAt } from "./audited-world.ts";

const tenant = "tnt_a";
const ledger = `${tenant}/local/0`;
const start = Date.UTC(2026, 10, 29);

const newWorld = () => new AuditedWorld([tenant], start);
const idAt = (at: number, number: number) => `job_local_0_${ulidAt(at, number)}`;

/** Without `before` these are all jobs that there are. */
async function breachesOf(
  world: AuditedWorld,
  jobs: readonly Job[],
  before: string | null = null,
): Promise<string[]> {
  const tally = new Tally();
  const task = { ledger, jobs, before, isOldest: true, now: world.clock };
  await checkPictures(world, task, tally);
  return tally.breaches.map(({ subject, detail }) => `${subject}: ${detail}`);
}

test("a rendition that is missing is told, with its size, until the ledger may have purged it", async () => {
  const world = newWorld();
  const job = world.finish(tenant);
  world.pictures.clear();
  const missing = [0, 1].map(
    (index) => `${job.id}: output ${index} has ${500 + index} bytes; stored are none`,
  );
  world.clock = job.createdAt + limits.jobRetentionMillis - limits.auditSlackMillis;
  expect(await breachesOf(world, [job])).toEqual(missing);
  world.clock += 1;
  expect(await breachesOf(world, [job])).toEqual([]);
});

test("a rendition of a picture that the tenant keeps is not looked for: it is not the job's own", async () => {
  const world = newWorld();
  const job = world.finish(tenant);
  const key = originalKey(tenant, `img_${"0".repeat(64)}`);
  const outputs = job.outputs.map((output) => ({ ...output, key }));
  expect(await breachesOf(world, [{ ...job, outputs }])).toEqual([]);
});

test("a picture without a job is told once, by its first key, when it has not found its job in a day", async () => {
  const world = newWorld();
  const orphan = idAt(start, 1);
  const keys = ["1/0", "source"].map((name) => `pictures/${tenant}/${orphan}/${name}`);
  for (const key of keys) world.pictures.set(key, 1);
  world.pictures.set(`pictures/${tenant}/job_local_0_none/source`, 1);
  world.clock = start + limits.auditOrphanMillis;
  expect(await breachesOf(world, [])).toEqual([]);
  world.clock += 1;
  expect(await breachesOf(world, [])).toEqual([`${orphan}: ${keys[0]} belongs to no job`]);
});

test("pictures of newer jobs than those that are looked at are left to their own", async () => {
  const world = newWorld();
  const [older, newer] = [world.finish(tenant), world.finish(tenant)];
  world.clock += limits.auditOrphanMillis + 1;
  expect(await breachesOf(world, [older], newer.id)).toEqual([]);
  expect(await breachesOf(world, [older])).toHaveLength(1);
});

test("pictures are listed a page at a time, each after the last one's end", async () => {
  const world = newWorld();
  for (let number = 1; number <= 2 * limits.listKeysMax; number++) {
    world.pictures.set(`pictures/${tenant}/${idAt(start, number)}/source`, 1);
  }
  world.clock += limits.auditOrphanMillis + 1;
  const list = vi.spyOn(world, "listPictures");
  expect(await breachesOf(world, [])).toHaveLength(2 * limits.listKeysMax);
  expect(list.mock.calls.map(([{ startAfter }]) => startAfter)).toEqual([
    `pictures/${tenant}/job_local_0_`,
    ...[1].map((page) => `pictures/${tenant}/${idAt(start, page * limits.listKeysMax)}/source`),
  ]);
});

test("a short page that is not the last, as R2 gives at times, hides no picture", async () => {
  const world = newWorld();
  const jobs = [world.finish(tenant), world.finish(tenant), world.finish(tenant)];
  const list = world.listPictures.bind(world);
  let pages = 0;
  world.listPictures = async (options) => {
    pages += 1;
    // Also one without any.
    const { objects, truncated } = await list({ ...options, limit: pages === 2 ? 0 : 1 });
    return { objects, truncated };
  };
  expect(await breachesOf(world, jobs)).toEqual([]);
  expect(pages).toBeGreaterThan(3);
});

test("where there are more pictures than ten lists hold, nothing is said of them", async () => {
  const world = newWorld();
  const job = world.finish(tenant);
  const page = Array.from({ length: limits.listKeysMax }, (_, number) => ({
    key: `pictures/${tenant}/${idAt(start, number)}/source`,
    size: 1,
  }));
  const list = vi
    .spyOn(world, "listPictures")
    .mockResolvedValue({ objects: page, truncated: true });
  expect(await breachesOf(world, [job])).toEqual([]);
  expect(list).toHaveBeenCalledTimes(limits.auditListsMax);
});
