import { expect, test } from "vitest";
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
