import { expect, test, vi } from "vitest";
import { limits } from "../../../../core/limits.ts";
import { WaitingService } from "../waiting-service.ts";

test("a door that ends between storing and settling: nothing is billed, the key is free, and the rendition does not stay", async () => {
  const service = new WaitingService();
  const { world } = service;
  const key = { "Idempotency-Key": "one" };
  const asked = Promise.withResolvers<void>();
  vi.spyOn(world.ledger, "settle").mockImplementationOnce(() => {
    asked.resolve();
    return new Promise(() => undefined) as never;
  });
  void service.send(key);
  await asked.promise;
  const [first] = await service.jobs();
  expect(world.pictures.keys()).toEqual([`pictures/tnt_x/${first?.id}/1/0`]);
  await world.ring(limits.leaseMillis + limits.leaseMillisPerUnit * 10);
  expect((await service.send(key)).status).toBe(200);
  const [second, interrupted] = await service.jobs();
  expect(interrupted).toMatchObject({ id: first?.id, error: { code: "interrupted" } });
  expect(service.billed()).toBe(1);
  await world.ring(limits.lateWriteMillisMax);
  expect(world.pictures.keys()).toEqual([`pictures/tnt_x/${second?.id}/1/0`]);
});
