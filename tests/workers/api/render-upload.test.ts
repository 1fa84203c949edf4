import { beforeEach, describe, expect, test, vi } from "vitest";
import { sourceKey } from "../../../core/job/picture-key.ts";
import { limits } from "../../../core/limits.ts";
import { problem } from "../../../core/problem.ts";
import type { ExpressAnswer } from "../../../core/job/express-calls.ts";
import { headerOnlyPng } from "../../journeys/pictures.ts";
import { picture, WaitingService } from "./waiting-service.ts";

const key = { "Idempotency-Key": "one" };
const never = () => new Promise<never>(() => undefined);
const sources = ({ world }: WaitingService) =>
  world.pictures.keys().filter((each) => each.endsWith("e"));

let service: WaitingService;
beforeEach(() => {
  service = new WaitingService();
  vi.spyOn(console, "warn").mockReturnValue();
});

describe("a picture whose client waits", () => {
  test("is rendered without being stored or queued, settled before the answer, billed once", async () => {
    const response = await service.send();
    expect(response.status).toBe(200);
    const [job] = await service.jobs();
    expect(job).toMatchObject({ status: "done", attempts: 1 });
    expect(response.headers.get("Content-Location")).toBe(
      `http://minilab.test/v1/jobs/${job?.id}/outputs/0`,
    );
    expect(response.headers.get("ETag")).toBe(`"${job?.outputs[0]?.key}"`);
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(new Uint8Array([...picture, 0]));
    expect(sources(service)).toEqual([]);
    expect(service.world.jobs.sent).toEqual([]);
    expect(service.billed()).toBe(1);
  });

  test("costs two calls of the ledger and one of R2", async () => {
    await service.send();
    expect(service.calls).toEqual(["accept", "R2 put", "settle"]);
  });

  test("is claimed by its consumer where the ledger is older, or the consumer: billed once", async () => {
    const { ledger } = service.world;
    const accept = ledger.accept.bind(ledger);
    vi.spyOn(ledger, "accept").mockImplementationOnce(({ claim: _claim, ...request }) =>
      accept(request),
    );
    expect((await service.send()).status).toBe(200);
    expect(service.calls.splice(0)).toEqual(["accept", "claim", "R2 put", "settle"]);
    service.binding = ({ claim, ...ask }, sent) => {
      expect(claim).toMatchObject({ attempt: 1, spec: { by: { key: expect.any(String) } } });
      return service.render(ask, sent);
    };
    expect((await service.send()).status).toBe(200);
    expect(service.calls).toEqual(["accept", "claim", "R2 put", "settle"]);
    expect(service.billed()).toBe(2);
  });

  test("is stored and settled by a consumer from before it could hand back", async () => {
    service.binding = ({ handBack: _handBack, ...ask }, sent) => service.render(ask, sent);
    expect((await service.send()).status).toBe(200);
    expect(service.calls).toEqual(["accept", "R2 put", "settle"]);
    expect(service.billed()).toBe(1);
  });

  test("that has waited long for its turn is begun with a call", async () => {
    service.binding = ({ claim, ...ask }, sent) => {
      const sinceMillis = limits.leaseFreshMillis;
      return service.render({ ...ask, ...(claim && { claim: { ...claim, sinceMillis } }) }, sent);
    };
    expect((await service.send()).status).toBe(200);
    expect(service.calls).toEqual(["accept", "begin", "R2 put", "settle"]);
  });

  test("with an overlay has both go over the binding", async () => {
    const form = new FormData();
    form.append("overlay", new Blob([picture]));
    form.append("image", new Blob([picture]));
    const spy = vi.spyOn(service, "binding");
    const encoded = new Request("http://minilab.test", { method: "POST", body: form });
    const body = await encoded.arrayBuffer();
    const type = { "Content-Type": encoded.headers.get("Content-Type") ?? "" };
    const response = await service.send(
      { ...type, "Content-Length": String(body.byteLength) },
      body,
    );
    expect(response.status).toBe(200);
    expect(spy.mock.calls[0]?.[1]).toMatchObject({ source: picture, overlay: picture });
    expect(sources(service)).toEqual([]);
  });

  test("is answered with its job where the client wants that", async () => {
    const response = await service.send({ Accept: "application/json" });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ status: "done", outputs: [{ index: 0 }] });
  });
});

describe("where the lane does not end it, the picture is stored and the job is accepted as any other", () => {
  test("busy: the queue has it at once", async () => {
    service.binding = async () => ({ verdict: "busy" });
    const sending = service.send();
    await vi.waitFor(() => expect(service.world.jobs.sent).toHaveLength(1));
    const [job] = service.world.jobs.sent as [string];
    expect(sources(service)).toEqual([sourceKey("tnt_x", job)]);
    await service.deliver(job);
    expect((await sending).status).toBe(200);
    expect(service.billed()).toBe(1);
    // The claim that came with the acceptance was given back.
    expect(await service.jobs()).toMatchObject([{ attempts: 1 }]);
  });

  test("set apart, because the tenant's pictures make trouble: the lane is not asked, and it is rendered alone", async () => {
    const crashed = problem("render-crashed", "A codec trapped.");
    for (let times = 0; times < limits.troubleApart; times++) {
      service.world.finish(service.world.accept(), { kind: "failed", problem: crashed });
    }
    const lane = vi.spyOn(service, "binding");
    const sending = service.send();
    await vi.waitFor(() => expect(service.world.solo.sent).toHaveLength(1));
    await service.deliver(service.world.solo.sent[0] as string, true);
    expect((await sending).status).toBe(200);
    expect(lane).not.toHaveBeenCalled();
    expect(service.billed()).toBe(1);
  });

  test("broken while it rendered: it is rendered alone", async () => {
    service.binding = async ({ job }) => {
      service.world.ledger.claim([{ job, redelivered: false }], false);
      throw new Error("the isolate ended");
    };
    const sending = service.send();
    await vi.waitFor(() => expect(service.world.solo.sent).toHaveLength(1));
    await service.deliver(service.world.solo.sent[0] as string, true);
    expect((await sending).status).toBe(200);
    expect(service.billed()).toBe(1);
  });

  test("late: the client is told 202, and whoever renders it still may end it", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    service.binding = async (ask, sent) => {
      service.world.ledger.claim([{ job: ask.job, redelivered: false }], false);
      await promise;
      return service.render(ask, sent);
    };
    const response = await service.send({ Prefer: "wait=1" });
    expect(response.status).toBe(202);
    const [job] = await service.jobs();
    expect(job?.held).toBeUndefined();
    expect(sources(service)).toEqual([sourceKey("tnt_x", job?.id ?? "")]);
    expect(service.world.jobs.sent).toEqual([]);
    await service.world.ring(limits.leaseMillis * 2);
    expect(new Set(service.world.solo.sent)).toEqual(new Set([job?.id]));
    resolve();
  });

  test("silent for seconds before its consumer begins: the queue has it all the same", async () => {
    service.binding = async () => {
      await service.world.ring(limits.expressHoldMillis + 1000);
      throw new Error("no word");
    };
    expect((await service.send({ Prefer: "wait=1" })).status).toBe(202);
    expect((await service.jobs())[0]?.status).toBe("accepted");
  });

  test("busy, and storage takes seconds: the queue has it all the same", async () => {
    service.binding = async () => ({ verdict: "busy" });
    const { pictures } = service.world;
    pictures.before = () => {
      pictures.before = () => undefined;
      void service.world.ring(limits.storageMillisMax);
    };
    expect((await service.send({ Prefer: "wait=1" })).status).toBe(202);
    expect((await service.jobs())[0]?.status).toBe("accepted");
  });

  test("nor can it be stored: nobody is told that it was accepted, and it ends unbilled", async () => {
    service.binding = async () => ({ verdict: "busy" });
    service.world.pictures.before = () => {
      throw new Error("R2 is down");
    };
    vi.spyOn(console, "error").mockReturnValue();
    expect((await service.send()).status).toBe(503);
    await service.world.ring(limits.leaseMillis + limits.leaseMillisPerUnit * 10);
    const [job] = await service.jobs();
    expect(job).toMatchObject({ status: "failed", error: { code: "interrupted" } });
    expect(service.world.jobs.sent).toEqual([]);
    expect(service.billed()).toBe(0);
  });
});

describe("a request that ended, and its key comes again", () => {
  /** The API is gone while the consumer was about to begin, or had begun. */
  async function abandoned(begun: boolean): Promise<string> {
    const heard = Promise.withResolvers<string>();
    service.binding = ({ job }) => {
      if (begun) service.world.ledger.claim([{ job, redelivered: false }], false);
      heard.resolve(job);
      return never();
    };
    void service.send(key);
    const job = await heard.promise;
    service.binding = (ask, sent) => service.render(ask, sent);
    return job;
  }

  test.each([
    ["not begun", false],
    ["begun", true],
  ])("after its lease: %s", async (_, begun) => {
    const first = await abandoned(begun);
    await service.world.ring(limits.leaseMillis + limits.leaseMillisPerUnit * 10);
    const response = await service.send({ ...key, Accept: "application/json" });
    const second = (await response.json()) as { id: string; status: string };
    expect(second.status).toBe("done");
    expect(second.id).not.toBe(first);
    const jobs = await service.jobs();
    expect(jobs.map(({ status, error }) => error?.code ?? status)).toEqual(["done", "interrupted"]);
    expect(service.billed()).toBe(1);
    const again = await service.send(key);
    expect([again.status, again.headers.get("Idempotency-Replayed")]).toEqual([200, "true"]);
    expect(service.world.jobs.sent).toEqual([]);
  });

  test("after it was said to be stored, and was not: the job is cancelled, and another takes the key", async () => {
    const accepted = await service.send({ ...key, Prefer: "respond-async" });
    expect(accepted.status).toBe(202);
    const [first] = await service.jobs();
    await service.world.pictures.delete(sources(service));
    await service.deliver(first?.id ?? "");
    expect(await service.jobs()).toMatchObject([{ error: { code: "cancelled" } }]);
    expect((await service.send(key)).status).toBe(200);
    const jobs = await service.jobs();
    expect(jobs.map(({ status, error }) => error?.code ?? status)).toEqual(["done", "cancelled"]);
    await service.world.ledger.remove(jobs[0]?.id ?? "");
    expect((await service.send(key)).status).toBe(422);
  });

  test.each([
    ["waiting too", { Prefer: "wait=1" }],
    ["not waiting", { Prefer: "respond-async" }],
  ])(
    "before that, %s: the picture is stored for the first job, which is done",
    async (_, prefer) => {
      const job = await abandoned(true);
      const response = await service.send({ ...key, ...prefer, Accept: "application/json" });
      expect(response.status).toBe(202);
      expect(response.headers.get("Idempotency-Replayed")).toBe("true");
      expect(await response.json()).toMatchObject({ id: job });
      await vi.waitFor(() => expect(sources(service)).toEqual([sourceKey("tnt_x", job)]));
      await service.world.ring(limits.leaseMillis * 2);
      await service.deliver(service.world.solo.sent[0] as string, true);
      expect(await service.jobs()).toMatchObject([{ id: job, status: "done" }]);
    },
  );

  test("a consumer that ends it after the key has gone to another job bills nothing", async () => {
    const go = Promise.withResolvers<void>();
    const late = Promise.withResolvers<ExpressAnswer>();
    service.binding = async (ask, sent) => {
      service.world.ledger.claim([{ job: ask.job, redelivered: false }], false);
      await go.promise;
      service.world.ledger.settle([
        { job: ask.job, attempt: 1, outcome: { kind: "failed", problem: {} as never } },
      ]);
      const answer = await service.render(ask, sent);
      late.resolve(answer);
      return answer;
    };
    void service.send(key);
    await vi.waitFor(async () => expect(await service.jobs()).toMatchObject([{ held: true }]));
    await service.world.ring(limits.leaseMillis * 2);
    service.binding = (ask, sent) => service.render(ask, sent);
    expect((await service.send(key)).status).toBe(200);
    go.resolve();
    const answer = await late.promise;
    if (answer.verdict !== "rendered") throw new Error("it was not handed back");
    // Its door finds out, and nothing of it stays.
    await vi.waitFor(() => expect(service.calls).toContain("R2 delete"));
    expect(service.world.pictures.keys()).not.toContain(answer.files[0]?.key);
    const jobs = await service.jobs();
    expect(jobs.map(({ status }) => status)).toEqual(["done", "failed"]);
  });

  test("another picture under its key is refused as ever", async () => {
    await abandoned(false);
    const other = new Uint8Array(headerOnlyPng(9, 9));
    expect((await service.send(key, other)).status).toBe(422);
  });
});

test("a held job that its tenant deletes is not accepted again", async () => {
  service.binding = async ({ job }) => {
    await service.world.ledger.remove(job);
    return { verdict: "busy" };
  };
  const response = await service.send();
  expect(response.status).toBe(422);
  expect(await response.json()).toMatchObject({ code: "cancelled" });
  expect(await service.jobs()).toEqual([]);
});
