import { beforeEach, expect, test, vi } from "vitest";
import type { AuditSchedule } from "../../../../core/billing/audit-schedule.ts";
import { limits } from "../../../../core/limits.ts";
import { HOUR, MINUTE } from "../../../../core/magnitudes.ts";
import { readAudits } from "../../../../workers/billing/audit/audit.ts";
import {
  auditPart,
  planAudits,
  type AuditPart,
} from "../../../../workers/billing/audit/scheduled-audit.ts";
import { utc } from "../../../core/billing/usage-samples.ts";
import { AuditedWorld } from "./audited-world.ts";

const start = utc("2026-11-20T08:06:00.000Z");
const tenants = Array.from({ length: 8 }, (_, index) => `tnt_${index}`);

const warnings = vi.spyOn(console, "warn");
const errors = vi.spyOn(console, "error");
beforeEach(() => {
  for (const spy of [warnings, errors]) spy.mockReset().mockImplementation(() => undefined);
});

/** Where nobody is looked at who has no news. */
function worldOf(ids: readonly string[] = tenants): AuditedWorld {
  const world = new AuditedWorld(ids, start);
  vi.spyOn(world, "listTenantIds").mockResolvedValue({ ids: [], cursor: null });
  return world;
}

const plan = async (world: AuditedWorld, ...news: string[]): Promise<readonly AuditPart[]> =>
  (await planAudits(world, world.bucket, news))?.parts ?? [];

let parts = 0;
const done = (world: AuditedWorld, part: AuditPart) =>
  auditPart(world, world.bucket, { id: `part-${++parts}`, part }, (_, work) => work());

/** A run, and all that it planned; the tenants that were audited. */
async function run(world: AuditedWorld, ...news: string[]): Promise<string[]> {
  const planned = await plan(world, ...news);
  for (const part of planned) await done(world, part);
  return planned.flatMap((part) => part.tenants);
}

const scheduled = (world: AuditedWorld) => world.bucket.json<AuditSchedule>("audits/schedule.json");
const harvest = async (world: AuditedWorld) =>
  (await readAudits(world.bucket, world.now())).harvest;

test("a tenant that works all the time is audited once an hour, one that is idle is not", async () => {
  const world = worldOf();
  const audited: string[][] = [];
  for (let quarter = 0; quarter < 12; quarter++) {
    audited.push(await run(world, "tnt_3"));
    world.clock += 15 * MINUTE;
  }
  expect(audited.map((ids) => ids.join())).toEqual(
    Array.from({ length: 12 }, (_, quarter) => (quarter % 4 === 3 ? "tnt_3" : "")),
  );
});

test("news of one hour alone is enough, and the one who waits longest comes first", async () => {
  const world = worldOf();
  await run(world, "tnt_2");
  world.clock += 5 * MINUTE;
  await run(world, "tnt_1");
  world.clock += limits.auditAfterMillis;
  expect(await run(world)).toEqual(["tnt_2", "tnt_1"]);
  world.clock += HOUR;
  expect(await run(world)).toEqual([]);
  expect(await harvest(world)).toEqual({ waiting: 0, late: 0, oldest: null });
  expect(warnings).not.toHaveBeenCalled();
});

test("of very many tenants that are late a hundred are named, and all are counted", async () => {
  const count = limits.lateTenantsLogged + 1;
  const ids = Array.from({ length: count }, (_, id) => `tnt_${id}`);
  const world = worldOf(ids);
  await plan(world, ...ids);
  world.clock += limits.auditLateMillis + MINUTE;
  await plan(world);
  expect(warnings.mock.calls).toEqual([
    [{ event: "audits-late", count, tenants: ids.slice(0, limits.lateTenantsLogged) }],
  ]);
});

test("the walk takes every tenant in turn, whether it has news or not", async () => {
  const world = new AuditedWorld(tenants, start);
  world.pageSize = 3;
  const seen: string[] = [];
  for (let quarter = 0; quarter < 6; quarter++) {
    seen.push(...(await run(world)));
    world.clock += 15 * MINUTE;
  }
  expect(seen.slice(0, 8)).toEqual(tenants);
});

test("while the Directory is away those with news wait for nothing, and the walk goes on where it was", async () => {
  const world = new AuditedWorld(tenants, start);
  world.pageSize = 3;
  await run(world);
  const listed = vi.spyOn(world, "listTenantIds").mockRejectedValue(new Error("away"));
  await run(world, "tnt_7");
  expect(warnings).toHaveBeenCalledWith({ event: "audit-walk-waits", cause: "Error: away" });
  listed.mockRestore();
  await run(world);
  expect(scheduled(world).waiting.map(({ tenant }) => tenant)).toEqual(
    ["0", "1", "2", "7", "3", "4", "5"].map((id) => `tnt_${id}`),
  );
});

test("of two runs at once one plans", async () => {
  const world = worldOf();
  await run(world, ...tenants);
  world.clock += HOUR;
  const plans = await Promise.all([
    planAudits(world, world.bucket, []),
    planAudits(world, world.bucket, []),
  ]);
  expect(plans.flatMap((each) => each?.parts ?? [])).toHaveLength(1);
  expect(plans).toContain(null);
});

test("a part that was lost is taken again after an hour, and what it still finds then ends nothing newer", async () => {
  const world = worldOf();
  await run(world, "tnt_1");
  world.clock += HOUR;
  const [lost] = await plan(world);
  world.clock += limits.auditAgainMillis - 1;
  expect(await plan(world)).toEqual([]);
  world.clock += 1;
  const [again] = await plan(world);
  expect(again?.tenants).toEqual(["tnt_1"]);
  if (lost) await done(world, lost);
  await plan(world);
  expect(await harvest(world)).toMatchObject({ waiting: 1 });
  if (again) await done(world, again);
  await plan(world);
  expect(await harvest(world)).toMatchObject({ waiting: 0 });
});

test("news that comes while an audit runs leads to the next one", async () => {
  const world = worldOf();
  await run(world, "tnt_1");
  world.clock += HOUR;
  expect(await run(world, "tnt_1")).toEqual(["tnt_1"]);
  await plan(world, "tnt_1");
  expect(await harvest(world)).toMatchObject({ waiting: 1 });
});

test("a tenant that cannot be looked at waits on, and is late after six hours, by name", async () => {
  const world = worldOf();
  for (const tenant of ["tnt_1", "tnt_2"]) world.finish(tenant);
  world.ledgerOf("tnt_1").reachable = false;
  await run(world, "tnt_1", "tnt_2");
  for (let hours = 0; hours < 7; hours++) {
    world.clock += HOUR;
    await run(world);
  }
  expect(await harvest(world)).toEqual({
    waiting: 1,
    late: 1,
    oldest: new Date(start).toISOString(),
  });
  expect(warnings).toHaveBeenCalledWith({ event: "audits-late", count: 1, tenants: ["tnt_1"] });
  world.ledgerOf("tnt_1").reachable = true;
  world.clock += HOUR;
  expect(await run(world)).toEqual(["tnt_1"]);
  await run(world);
  expect(await harvest(world)).toEqual({ waiting: 0, late: 0, oldest: null });
});

test("what the parts of a run found is published by the next, and a breach stands", async () => {
  const world = worldOf();
  const [job] = [world.finish("tnt_1"), world.finish("tnt_2")];
  world.pictures.delete(job.outputs[0]?.key ?? "");
  await run(world, "tnt_1", "tnt_2");
  world.clock += HOUR;
  await run(world);
  const { standing } = await readAudits(world.bucket, world.now());
  expect(standing).toMatchObject([{ subject: job.id }]);
  world.clock += 15 * MINUTE;
  await run(world);
  const { last } = await readAudits(world.bucket, world.now());
  expect(last).toMatchObject({
    tenants: 2,
    ledgers: 2,
    breaches: [{ subject: job.id }],
    cursor: null,
  });
  expect([...world.bucket.objects.keys()].filter((key) => key.startsWith("audits/ended/"))).toEqual(
    [],
  );
});

test("a part ends when it has done as much as it may, and the rest is one of its own", async () => {
  const { auditPartCostMax, auditWindowCost, auditTenantsPerStep, auditTenantsAtOnce } = limits;
  const inTime = auditPartCostMax / auditWindowCost;
  const ids = Array.from({ length: inTime + 20 }, (_, index) => `tnt_${index}`);
  const world = worldOf(ids);
  const part: AuditPart = { v: 1, run: start, tenants: ids };
  const steps = new Set<string>();
  const work = auditPart(world, world.bucket, { id: "part", part }, (name, each) => {
    steps.add(name);
    return each();
  });
  const { report, rest } = await work;
  expect(steps.size).toBe(Math.ceil(inTime / auditTenantsPerStep) + 1);
  // Those that were begun side by side with the last one are done too.
  expect(report.tenants).toBeGreaterThanOrEqual(inTime);
  expect(report.tenants).toBeLessThan(inTime + auditTenantsAtOnce);
  expect(rest?.tenants).toEqual(ids.slice(report.tenants));
  expect([...steps].slice(0, 2)).toEqual(["group 1", "group 2"]);
});

test("a part that has done exactly as much as it may begins no further group", async () => {
  const { auditPartCostMax, auditWindowCost, auditTenantsPerStep } = limits;
  // Silent ledgers cost nothing, so that the last group is whole.
  const inTime = auditPartCostMax / auditWindowCost;
  const groups = Math.ceil(inTime / auditTenantsPerStep);
  const ids = Array.from({ length: (groups + 1) * auditTenantsPerStep }, (_, id) => `tnt_${id}`);
  const world = worldOf(ids);
  for (const id of ids.slice(0, groups * auditTenantsPerStep - inTime)) {
    world.ledgerOf(id).reachable = false;
  }
  const { rest } = await done(world, { v: 1, run: start, tenants: ids });
  expect(rest?.tenants).toEqual(ids.slice(-auditTenantsPerStep));
});

test("a part that is done leaves no rest, and tells of whom everything was looked at", async () => {
  const world = worldOf();
  for (const tenant of ["tnt_1", "tnt_2"]) world.finish(tenant);
  world.ledgerOf("tnt_2").reachable = false;
  const part: AuditPart = { v: 1, run: start, tenants: ["tnt_1", "tnt_2"] };
  const { rest, report } = await done(world, part);
  expect([rest, report.tenants]).toEqual([null, 2]);
  const ended = [...world.bucket.objects.keys()].find((key) => key.startsWith("audits/ended/"));
  expect(world.bucket.json(ended ?? "")).toMatchObject({ v: 1, run: start, tenants: ["tnt_1"] });
});
