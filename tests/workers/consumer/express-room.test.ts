import { expect, test, vi } from "vitest";
import { limits } from "../../../core/limits.ts";
import { ExpressLane } from "../../../workers/consumer/express.ts";
import { ledger, toRender, Workshop } from "./workshop.ts";

test.each([
  ["once their leases are over", limits.leaseMillis],
  ["and when the clock has stepped back", -limits.leaseMillis],
])("jobs that died with their invocations leave their room to others, %s", async (_, millis) => {
  const workshop = new Workshop(toRender("a"));
  const lane = new ExpressLane();
  const pictures = { ...workshop.pictures, put: async () => null };
  const ports = { ...workshop.ports, pictures };
  const ask = () => ({ ledger, job: "a", sourceBytes: 1 });
  // The runtime drops what an invocation that has ended still waits for: none of it ever goes on.
  const claim = () => new Promise<never>(() => undefined);
  const dead = { ...ports, ledger: () => ({ ...workshop.ledger, claim }) };
  for (let job = 0; job < limits.expressJobsMax; job++) void lane.render(ask(), dead);
  expect(await lane.render(ask(), ports)).toEqual({ verdict: "busy" });
  workshop.now += millis;
  expect(await lane.render(ask(), ports)).toMatchObject({ verdict: "ended" });
});

test("a file that has its buffer to itself is rendered from there, without a copy", async () => {
  const workshop = new Workshop(toRender("a"));
  const render = vi.spyOn(workshop.ports.engine, "render");
  const pictures = { ...workshop.pictures, put: async () => null };
  const sent = { source: new Uint8Array([98]) };
  const ask = { ledger, job: "a", sourceBytes: 1 };
  await new ExpressLane().render(ask, { ...workshop.ports, pictures }, sent);
  expect(render.mock.calls[0]?.[0].buffer).toBe(sent.source.buffer);
});
