import { ulid } from "ulid";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { limitsOf } from "../../core/identity/tenant-limits.ts";
import { jobId } from "../../core/job/job-id.ts";
import type { JobOutput, JobSpec, JobUsage } from "../../core/job/job.ts";
import type { AcceptRequest } from "../../durable-objects/ledger/ledger-calls.ts";
import { answer, createTenant, startService, type Service, type Tenant } from "./service.ts";

/** What a ledger answers to calls that come twice, late or wrong. Nothing renders here. */
let service: Service;
let objects: Awaited<ReturnType<Service["objects"]["getEnv"]>>;
let tenant: Tenant;

beforeAll(async () => {
  service = await startService({ consumer: false });
  objects = await service.objects.getEnv();
});
afterAll(() => service.close());
beforeEach(async () => {
  tenant = await createTenant(service);
});

const ledger = () => objects.LEDGER.getByName(tenant.ledger);
const storage = () =>
  service.objects.getDurableObjectStorage("TenantLedger", { name: tenant.ledger });
const rollUp = () => answer(service.admin("/admin/v1/roll-up", { method: "POST" }), 200);

const spec: JobSpec = {
  source: { bytes: 10, width: 2, height: 1, format: "png" },
  transforms: [],
  computeUnits: 1,
};
const requestFor = (idempotency: AcceptRequest["idempotency"] = null): AcceptRequest => ({
  id: jobId("local", 0, ulid()),
  key: tenant.keyId,
  limits: limitsOf("custom"),
  idempotency,
  spec,
});

test.each([
  ["with an idempotency key", { key: "mine", fingerprint: "f" }],
  ["without one", null],
])(
  "a job %s whose acceptance is repeated stays promised, though its key was revoked since",
  async (_, idempotency) => {
    const request = requestFor(idempotency);
    await ledger().accept(request);
    await ledger().revokeKey(tenant.keyId);
    expect((await ledger().accept(request)).verdict).toMatchObject({
      ok: true,
      value: { job: { id: request.id, status: "accepted" }, replayed: false },
    });
    const other = await ledger().accept(requestFor(idempotency));
    expect(other.verdict).toMatchObject({ ok: false, error: { code: "key-revoked" } });
  },
);

test.each<Partial<JobUsage>>([{ computeUnits: 0.5 }, { pixels: Number.NaN }, { bytesOut: -1 }])(
  "usage of %o settles nothing and stops no segment",
  async (wrong) => {
    const { id } = requestFor();
    await ledger().accept({ ...requestFor(), id });
    const outputs: JobOutput[] = [{ index: 0, width: 1, height: 1, format: "png", bytes: 1 }];
    const usage = { computeUnits: 1, bytesIn: 10, bytesOut: 1, pixels: 3, renderMillis: 1 };
    const settle = (more: Partial<JobUsage>) =>
      ledger().settle([
        { job: id, outcome: { kind: "done", outputs, usage: { ...usage, ...more } } },
      ]);

    await expect(settle(wrong)).rejects.toThrow();
    expect(await tenant.job(id)).toMatchObject({ status: "accepted" });
    expect(await settle({})).toEqual(["settled"]);
    await rollUp();
    expect(await (await storage()).exec(`SELECT * FROM events`)).toEqual([]);
  },
);

test("a ledger that has lost its alarm has it again after the next roll-up", async () => {
  const { id } = requestFor();
  const store = await storage();
  await store.exec(
    `INSERT INTO jobs (id, status, due, deadline, attempts, resends, created_at, spec)
     VALUES (?, 'accepted', 1, 1, 0, 0, ?, ?)`,
    id,
    Date.now(),
    JSON.stringify(spec),
  );
  await service.objects.evictDurableObject("TenantLedger", { name: tenant.ledger });
  await rollUp();
  await vi.waitFor(
    async () =>
      expect(await tenant.job(id)).toMatchObject({
        status: "failed",
        error: { code: "deadline-exceeded" },
      }),
    { timeout: 10_000, interval: 50 },
  );
});
