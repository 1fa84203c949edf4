import { beforeEach, expect, test, vi } from "vitest";
import type { Breach } from "../../../../core/billing/audit-report.ts";
import { limits } from "../../../../core/limits.ts";
import { keepStanding, standingBreaches } from "../../../../workers/billing/audit/standing.ts";
import { AuditedWorld } from "./audited-world.ts";

const tenant = "tnt_a";
const errors = vi.spyOn(console, "error");
let world: AuditedWorld;
beforeEach(() => {
  errors.mockReset().mockImplementation(() => undefined);
  world = new AuditedWorld([tenant], Date.UTC(2026, 10, 29));
});

const breach = (subject: string): Breach => ({
  invariant: "done-pictures-are-there",
  ledger: `${tenant}/local/0`,
  subject,
  detail: "it is gone",
});
const keep = (...found: Breach[]) => keepStanding(world, world.bucket, tenant, found);
const entered = () => world.entered.splice(0).map(({ subject }) => subject);

test("a breach goes into the audit trail once for as long as it stands", async () => {
  const [first, second] = [breach("job_1"), breach("job_2")];
  const enter = vi.spyOn(world, "enterBreaches");
  await keep(first);
  expect(entered()).toEqual(["job_1"]);
  for (let audits = 0; audits < 3; audits++) await keep(first);
  expect(entered()).toEqual([]);
  await keep(first, second);
  await keep(first, second);
  expect(entered()).toEqual(["job_2"]);
  expect(enter).toHaveBeenCalledTimes(2);
  expect(await standingBreaches(world.bucket)).toEqual([first, second]);
  await keep();
  expect(world.bucket.objects.size).toBe(0);
  await keep(first);
  expect(entered()).toEqual(["job_1"]);
});

test("one that could not be entered is logged, stands, and is entered by the next audit", async () => {
  const enter = vi.spyOn(world, "enterBreaches").mockRejectedValue(new Error("away"));
  await keep(breach("job_1"));
  expect(errors).toHaveBeenCalledWith({
    event: "breaches-not-entered",
    tenant,
    cause: "Error: away",
  });
  expect(await standingBreaches(world.bucket)).toEqual([breach("job_1")]);
  expect(world.bucket.json(`audits/standing/${tenant}.json`)).toMatchObject({ entered: [] });
  enter.mockRestore();
  await keep(breach("job_1"));
  expect(entered()).toEqual(["job_1"]);
});

test("of a tenant with very many breaches a thousand stand, and twenty more are entered by each audit", async () => {
  const { auditBreachesMax, auditTrailMax } = limits;
  const many = Array.from({ length: auditBreachesMax + 1 }, (_, job) => breach(`job_${job}`));
  await keep(...many);
  expect(await standingBreaches(world.bucket)).toEqual(many.slice(0, auditBreachesMax));
  expect(entered()).toHaveLength(auditTrailMax);
  await keep(...many);
  expect(entered()).toEqual(
    many.slice(auditTrailMax, 2 * auditTrailMax).map(({ subject }) => subject),
  );
});

test("of very many tenants with breaches those of the first hundred are told", async () => {
  for (let id = 0; id <= limits.auditStandingMax; id++) {
    await keepStanding(world, world.bucket, `tnt_${id}`, [breach("job_1")]);
  }
  expect(await standingBreaches(world.bucket)).toHaveLength(limits.auditStandingMax);
});
