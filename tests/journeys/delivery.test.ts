import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { JobMessage } from "../../core/job/message.ts";
import { answer, createTenant, startService, type Service, type Tenant } from "./service.ts";
import { headerOnlyJpeg, noisyJpeg } from "./pictures.ts";
import { acceptJob, expectBilledOnce, fates, openWorkshop, type Workshop } from "./workshop.ts";

/** The service without its consumer, whose part is played by hand: every delivery is the test's. */
let service: Service;
let workshop: Workshop;
let tenant: Tenant;
let photo: Uint8Array;

beforeAll(async () => {
  service = await startService({ consumer: false });
  workshop = await openWorkshop(service);
  photo = await noisyJpeg(64, 48);
});
afterAll(() => service.close());

beforeEach(async () => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  workshop.clear();
  tenant = await createTenant(service);
});

const accept = (picture = photo) => acceptJob(tenant, picture);
const statusOf = async ({ job }: JobMessage) => (await tenant.job(job)).status;

describe("a job is rendered and billed once, though its message comes", () => {
  test("twice in one batch", async () => {
    const message = await accept();
    expect(fates(await workshop.deliver([message, message]))).toEqual(["acked", "acked"]);
    expect(workshop.renders).toBe(1);
    await expectBilledOnce(tenant, { done: 1, failed: 0 });
  });

  test("again, long after it was settled", async () => {
    const message = await accept();
    await workshop.deliver([message]);
    const before = await tenant.job(message.job);
    for (const again of [{}, { attempts: 3 }, { alone: true }]) {
      expect(fates(await workshop.deliver([message], again))).toEqual(["acked"]);
    }
    expect(workshop.renders).toBe(1);
    expect(await tenant.job(message.job)).toEqual(before);
    await expectBilledOnce(tenant, { done: 1, failed: 0 });
  });

  test("to three consumers at once", async () => {
    const message = await accept();
    const letters = await Promise.all([1, 2, 3].map(() => workshop.deliver([message])));
    expect(letters.flatMap(fates)).toEqual(["acked", "acked", "acked"]);
    expect(workshop.renders).toBe(1);
    await expectBilledOnce(tenant, { done: 1, failed: 0 });
  });

  test("in another order than it was sent, among others and more than once", async () => {
    const sent = [];
    for (let number = 0; number < 6; number++) sent.push(await accept());
    const [a, b, c, d, e, f] = sent;
    for (const batch of [
      [f, c, f],
      [b, c],
      [e, b, a, d],
      [d, a],
    ])
      await workshop.deliver(batch);
    expect(workshop.renders).toBe(6);
    expect(await Promise.all(sent.map(statusOf))).toEqual(Array(6).fill("done"));
    await expectBilledOnce(tenant, { done: 6, failed: 0 });
  });

  test("seen before, while it is rendered: then it is rendered alone, once", async () => {
    const message = await accept();
    workshop.beforeRender = () => Promise.reject(new Error("the consumer ends here"));
    workshop.fail("settle");
    await workshop.deliver([message]);
    expect(await statusOf(message)).toBe("running");
    workshop.clear();

    expect(fates(await workshop.deliver([message], { attempts: 2 }))).toEqual(["acked"]);
    expect(workshop.renders).toBe(0);
    expect(workshop.solo).toEqual([message]);
    for (let copies = 0; copies < 2; copies++) await workshop.deliver([message], { alone: true });
    expect(workshop.renders).toBe(1);
    expect(await tenant.job(message.job)).toMatchObject({ status: "done", attempts: 2 });
    await expectBilledOnce(tenant, { done: 1, failed: 0 });
  });
});

describe("nine good jobs are done in the batch of", () => {
  async function deliverAmongNine(poison: unknown) {
    const good: JobMessage[] = [];
    for (let number = 0; number < 9; number++) good.push(await accept());
    const letters = await workshop.deliver(good.toSpliced(4, 0, poison as JobMessage));
    expect(fates(letters)).toEqual(Array(10).fill("acked"));
    expect(await Promise.all(good.map(statusOf))).toEqual(Array(9).fill("done"));
  }

  test("a message that cannot be read", async () => {
    await deliverAmongNine("not a message");
    expect(workshop.renders).toBe(9);
    expect(console.error).toHaveBeenCalledWith(
      expect.objectContaining({ event: "message-unreadable" }),
    );
    await expectBilledOnce(tenant, { done: 9, failed: 0 });
  });

  test("a picture that the engine refuses: it has failed, for good and for nothing", async () => {
    const damaged = await accept(headerOnlyJpeg(640, 480));
    await deliverAmongNine(damaged);
    expect(await tenant.job(damaged.job)).toMatchObject({
      status: "failed",
      usage: null,
      error: { code: expect.stringMatching(/^(corrupt|truncated)-image$/) },
    });
    await expectBilledOnce(tenant, { done: 9, failed: 1 });
  });

  test("a picture on which the engine throws: it is tried again alone, five times in all", async () => {
    const poison = await noisyJpeg(40, 30);
    const message = await accept(poison);
    workshop.beforeRender = async (source) => {
      if (source.length === poison.length) throw new Error("nobody expected this");
    };
    await deliverAmongNine(message);
    expect(await tenant.job(message.job)).toMatchObject({ status: "accepted", attempts: 1 });

    await workshop.deliver([message]);
    expect(workshop.solo).toEqual([message]);
    for (let attempt = 2; attempt <= 5; attempt++)
      await workshop.deliver([message], { alone: true });
    await workshop.deliver([message], { alone: true });
    expect(workshop.renders).toBe(9 + 5);
    expect(await tenant.job(message.job)).toMatchObject({
      status: "failed",
      attempts: 5,
      error: { code: "attempts-exhausted" },
    });
    await expectBilledOnce(tenant, { done: 9, failed: 1 });
  });
});

describe("what passes by itself costs a delay, and no more:", () => {
  test.each([
    ["a source that cannot be read", "get", 1],
    ["a rendition that cannot be stored", "put", 2],
  ] as const)("%s", async (_, call, renders) => {
    const [message, neighbour] = [await accept(), await accept()];
    workshop.fail(call);
    expect(fates(await workshop.deliver([message, neighbour]))).toEqual(["acked", "acked"]);
    expect(await Promise.all([message, neighbour].map(statusOf))).toEqual(["accepted", "done"]);

    await workshop.deliver([message]);
    expect(workshop.solo).toEqual([]);
    expect(await tenant.job(message.job)).toMatchObject({ status: "done", attempts: 2 });
    expect(workshop.renders).toBe(renders + 1);
    await expectBilledOnce(tenant, { done: 2, failed: 0 });
  });

  test.each([
    ["a ledger that cannot be asked for work", "claim", "unreached", 1],
    ["a ledger whose answer is lost after it gave work out", "claim", "answer lost", 1],
    ["a ledger that cannot be told", "settle", "unreached", 2],
    ["a ledger whose answer is lost after it was told", "settle", "answer lost", 1],
  ] as const)("%s", async (_, call, how, renders) => {
    const message = await accept();
    workshop.fail(call, how);
    const [letter] = await workshop.deliver([message]);
    expect(letter).toMatchObject({ fate: "retried", delaySeconds: expect.any(Number) });
    expect(letter?.delaySeconds).toBeGreaterThanOrEqual(2);

    expect(fates(await workshop.deliver([message], { attempts: 2 }))).toEqual(["acked"]);
    await workshop.deliver(workshop.solo, { alone: true });
    expect(await statusOf(message)).toBe("done");
    expect(workshop.renders).toBe(renders);
    await expectBilledOnce(tenant, { done: 1, failed: 0 });
  });

  test("a solo queue that cannot be reached: the message comes back, its neighbour goes on", async () => {
    const [message, neighbour] = [await accept(), await accept()];
    workshop.fail("claim", "answer lost");
    await workshop.deliver([message]);
    workshop.fail("solo");
    const letters = await workshop.deliver([message, neighbour], { attempts: 2 });
    expect(fates(letters)).toEqual(["retried", "acked"]);
    expect(await statusOf(neighbour)).toBe("done");

    await workshop.deliver([message], { attempts: 2 });
    await workshop.deliver(workshop.solo, { alone: true });
    expect(workshop.renders).toBe(2);
    await expectBilledOnce(tenant, { done: 2, failed: 0 });
  });
});

test("whoever waits is answered when its job is settled, not when the batch ends", async () => {
  const waiting = tenant.send("?width=32", photo, { Prefer: "wait=20" });
  const [held] = await vi.waitFor(
    async () => {
      const page = await answer<{ jobs: { id: string }[] }>(tenant.fetch("/v1/jobs"), 200);
      expect(page.jobs).toHaveLength(1);
      return page.jobs;
    },
    { timeout: 10_000 },
  );
  const neighbour = await accept();
  let answeredBefore = 0;
  workshop.beforeRender = async () => {
    if (workshop.renders === 2) answeredBefore = (await waiting).status;
  };
  await workshop.deliver([{ ...neighbour, job: held?.id }, neighbour]);
  expect(answeredBefore).toBe(200);
  expect(await answer(waiting, 200)).toMatchObject({ status: "done", attempts: 1 });
  await expectBilledOnce(tenant, { done: 2, failed: 0 });
});
