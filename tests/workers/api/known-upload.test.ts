import { beforeEach, describe, expect, test, vi } from "vitest";
import type { ExpressAnswer } from "../../../workers/consumer/express.ts";
import { WaitingService } from "./waiting-service.ts";

const key = { "Idempotency-Key": "one" };

let service: WaitingService;
beforeEach(() => {
  service = new WaitingService();
});

describe("a picture whose client waits", () => {
  test("is known to have ended by the ledger where an older consumer does not tell: it is not stored", async () => {
    service.binding = async ({ handBack: _unknown, ...ask }, sent) => {
      const { job: _job, ...older } = (await service.render(ask, sent)) as ExpressAnswer & {
        job?: unknown;
      };
      return older;
    };
    expect((await service.send({ Accept: "application/json" })).status).toBe(200);
    expect(service.calls).toEqual(["accept", "R2 put", "settle", "wait"]);
  });
});

describe("a key that comes again", () => {
  test("after its job is done: it is answered with that, and nothing is stored or rendered", async () => {
    await service.send({ ...key, Accept: "application/json" });
    service.calls.splice(0);
    const again = await service.send({ ...key, Accept: "application/json" });
    expect([again.status, again.headers.get("Idempotency-Replayed")]).toEqual([200, "true"]);
    expect(service.calls).toEqual(["accept"]);
  });

  test("while its job is queued: it waits for that", async () => {
    await service.send({ ...key, Prefer: "respond-async" });
    const [first] = await service.jobs();
    service.calls.splice(0);
    const again = service.send({ ...key, Accept: "application/json" });
    await vi.waitFor(() => expect(service.calls).toEqual(["accept", "wait"]));
    await service.deliver(first?.id ?? "");
    const response = await again;
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ id: first?.id, status: "done" });
  });
});
