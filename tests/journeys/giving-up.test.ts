import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { sourceKey } from "../../core/job/picture-key.ts";
import type { JobMessage } from "../../core/job/message.ts";
import { answer, createTenant, startService, type Service, type Tenant } from "./service.ts";
import { noisyJpeg } from "./pictures.ts";
import { restartLedger } from "./restart-ledger.ts";
import { acceptJob, expectBilledOnce, fates, openWorkshop, type Workshop } from "./workshop.ts";

/** Every job ends, and is seen to: by the alarm, by the dead-letter queue, or because it was deleted. */
let service: Service;
let objects: Awaited<ReturnType<Service["objects"]["getEnv"]>>;
let workshop: Workshop;
let tenant: Tenant;
let photo: Uint8Array;

beforeAll(async () => {
  service = await startService({ consumer: false });
  objects = await service.objects.getEnv();
  workshop = await openWorkshop(service);
  photo = await noisyJpeg(64, 48);
});
afterAll(() => service.close());

beforeEach(async () => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  workshop.clear();
  tenant = await createTenant(service);
});

const accept = () => acceptJob(tenant, photo);
const statusOf = async ({ job }: JobMessage) => (await tenant.job(job)).status;
const failure = (code: string) => ({ status: "failed", usage: null, error: { code } });
const storedPictures = async () =>
  (await objects.PICTURES_LOCAL.list({ prefix: `pictures/${tenant.id}/` })).objects.map(
    ({ key }) => key,
  );

/** A consumer takes the job and ends without a word. */
async function beginAndCrash(message: JobMessage) {
  workshop.fail("claim", "answer lost");
  await workshop.deliver([message]);
  expect(await statusOf(message)).toBe("running");
}

/** As if these columns of the job's row had been written long ago; then the alarm rings. */
async function rewind({ ledger, job }: JobMessage, columns: Record<string, number | string>) {
  const storage = await service.objects.getDurableObjectStorage("TenantLedger", { name: ledger });
  const assignments = Object.keys(columns).map((column) => `${column} = ?`);
  await storage.exec(
    `UPDATE jobs SET ${assignments.join(", ")} WHERE id = ?`,
    ...Object.values(columns),
    job,
  );
  await restartLedger(objects.LEDGER.getByName(ledger));
  // Whatever is settled, the alarm is set anew by what is stored.
  await objects.LEDGER.getByName(ledger).settle([]);
}

const eventually = <Value>(look: () => Promise<Value>, expected: object) =>
  vi.waitFor(async () => expect(await look()).toMatchObject(expected), {
    timeout: 20_000,
    interval: 20,
  });

describe("the alarm", () => {
  test("sends a job again whose consumer never came back; it is rendered alone and billed once", async () => {
    const message = await accept();
    await beginAndCrash(message);
    await rewind(message, { status: "running", claims: 1, due: 1 });
    await eventually(() => tenant.job(message.job), { status: "accepted" });

    // It has been sent to the other queue; a copy that comes late has no work to do.
    expect(fates(await workshop.deliver([message]))).toEqual(["acked"]);
    expect(workshop.renders).toBe(0);
    await workshop.deliver([message], { alone: true });
    expect(await tenant.job(message.job)).toMatchObject({ status: "done", attempts: 2 });
    await expectBilledOnce(tenant, { done: 1, failed: 0 });
  });

  test("ends a job at its deadline, and whoever waits for it is told", async () => {
    const message = await accept();
    const soon = Date.now() + 2000;
    await rewind(message, { due: soon, deadline: soon });
    const waiting = tenant.fetch(`/v1/jobs/${message.job}`, { headers: { Prefer: "wait=20" } });
    expect(await answer(waiting, 200)).toMatchObject(failure("deadline-exceeded"));
    await expectBilledOnce(tenant, { done: 0, failed: 1 });
  });

  test("ends a job that was begun five times and never finished", async () => {
    const message = await accept();
    await beginAndCrash(message);
    await rewind(message, { due: 1, attempts: 5 });
    await eventually(() => tenant.job(message.job), failure("attempts-exhausted"));
    await expectBilledOnce(tenant, { done: 0, failed: 1 });
  });

  test("ends a job once: what its slow consumer brings afterwards is too late and costs nothing", async () => {
    const message = await accept();
    workshop.beforeRender = async () => {
      await rewind(message, { due: 1, deadline: 1 });
      await eventually(() => tenant.job(message.job), failure("deadline-exceeded"));
    };
    expect(fates(await workshop.deliver([message]))).toEqual(["acked"]);
    expect(workshop.renders).toBe(1);
    expect(await tenant.job(message.job)).toMatchObject(failure("deadline-exceeded"));
    await expectBilledOnce(tenant, { done: 0, failed: 1 });
  });

  test("takes an overdue backlog a hundred jobs at a time, and leaves none behind", async () => {
    // Within what one tenant may send at once.
    const rounds = [];
    for (let round = 0; round < 3; round++) {
      rounds.push(await Promise.all(Array.from({ length: 44 }, accept)));
    }
    const [first] = rounds.flat();
    if (!first) throw new Error("nothing was accepted");
    const storage = await service.objects.getDurableObjectStorage("TenantLedger", {
      name: first.ledger,
    });
    await storage.exec(`UPDATE jobs SET due = 1, deadline = 1`);
    await rewind(first, { due: 1 });
    // Not by `storage`, which blocks this process until it is answered: the object waits in turn for its log to be read.
    const figures = () => answer<object>(tenant.fetch("/v1/metrics"), 200);
    await eventually(figures, { jobs: { open: 0, failed: 132 } });
  });
});

describe("a dead letter", () => {
  test("hands its job back to the ledger, which has it done later", async () => {
    const message = await accept();
    expect(fates(await workshop.deliverDead([message]))).toEqual(["acked"]);
    expect(await statusOf(message)).toBe("accepted");
    await workshop.deliver([message]);
    expect(await statusOf(message)).toBe("done");
    await expectBilledOnce(tenant, { done: 1, failed: 0 });
  });

  test("does not disturb a consumer that has the job from another message", async () => {
    const message = await accept();
    workshop.beforeRender = async () => {
      await workshop.deliverDead([message]);
      expect(await statusOf(message)).toBe("running");
    };
    await workshop.deliver([message]);
    expect(await statusOf(message)).toBe("done");
  });

  test("changes nothing for a job that was done meanwhile", async () => {
    const message = await accept();
    await workshop.deliver([message]);
    expect(fates(await workshop.deliverDead([message, message]))).toEqual(["acked", "acked"]);
    expect(await statusOf(message)).toBe("done");
    await expectBilledOnce(tenant, { done: 1, failed: 0 });
  });

  test("that cannot be read is dropped, and one whose ledger is away comes back", async () => {
    const message = await accept();
    workshop.fail("settle");
    const letters = await workshop.deliverDead(["not a message", message]);
    expect(fates(letters)).toEqual(["acked", "retried"]);
    expect(fates(await workshop.deliverDead([message]))).toEqual(["acked"]);
  });
});

describe("a deleted job", () => {
  const remove = async ({ job }: JobMessage) =>
    expect((await tenant.fetch(`/v1/jobs/${job}`, { method: "DELETE" })).status).toBe(204);
  const read = async ({ job }: JobMessage) => (await tenant.fetch(`/v1/jobs/${job}`)).status;

  test("is not rendered", async () => {
    const message = await accept();
    await remove(message);
    expect(fates(await workshop.deliver([message]))).toEqual(["acked"]);
    expect(workshop.renders).toBe(0);
    expect(await read(message)).toBe(404);
    await expectBilledOnce(tenant, { done: 0, failed: 1 });
  });

  test("leaves no picture behind when it is deleted while it is rendered", async () => {
    const [message, neighbour] = [await accept(), await accept()];
    workshop.beforeRender = async () => {
      if (workshop.renders === 1) await remove(message);
    };
    expect(fates(await workshop.deliver([message, neighbour]))).toEqual(["acked", "acked"]);
    expect(workshop.renders).toBe(2);
    expect(await read(message)).toBe(404);
    const kept = await storedPictures();
    expect(kept).toHaveLength(3);
    expect(kept.every((key) => key.includes(neighbour.job))).toBe(true);
    await expectBilledOnce(tenant, { done: 1, failed: 1 });
  });

  test("keeps its place on the bill when it was done", async () => {
    const message = await accept();
    await workshop.deliver([message]);
    const { usage } = await tenant.job(message.job);
    await remove(message);
    await remove(message);
    expect(await storedPictures()).toEqual([]);
    const { total } = await answer<{ total: object }>(tenant.fetch("/v1/usage"), 200);
    expect(total).toMatchObject({ jobsDone: 1, jobsFailed: 0, computeUnits: usage?.computeUnits });
  });
});

test("a job whose source is gone fails instead of being tried for ever", async () => {
  const message = await accept();
  await objects.PICTURES_LOCAL.delete(sourceKey(tenant.id, message.job));
  expect(fates(await workshop.deliver([message]))).toEqual(["acked"]);
  expect(await tenant.job(message.job)).toMatchObject(failure("cancelled"));
  await expectBilledOnce(tenant, { done: 0, failed: 1 });
});
