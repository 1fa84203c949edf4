import fc from "fast-check";
import { expect, test } from "vitest";
import { limits } from "../../../../core/limits.ts";
import { FourShards, openIn } from "./four-shards.ts";

const step = fc.oneof(
  fc.record({
    kind: fc.constant("ask" as const),
    shard: fc.nat(3),
    count: fc.integer({ min: 1, max: 9 }),
  }),
  fc.record({ kind: fc.constant("finish" as const), shard: fc.nat(3) }),
  fc.record({
    kind: fc.constant("pass" as const),
    millis: fc.constantFrom(1000, limits.shareMillis),
  }),
  fc.record({ kind: fc.constant("restart" as const), shard: fc.nat(3) }),
  fc.record({ kind: fc.constant("weather" as const), isUp: fc.boolean(), loses: fc.boolean() }),
);

test("no limit is passed, whatever is lost, late or started again", async () => {
  const chosen = { jobsPerMonth: 30, jobsInFlight: 12 };
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const shards = new FourShards(chosen);
      for (const each of steps) {
        if (each.kind === "ask") {
          await shards.accepted(Array.from({ length: each.count }, () => each.shard));
        } else if (each.kind === "finish") {
          const world = shards.of(each.shard);
          const [open] = openIn(world);
          if (open) world.finish(open.id);
        } else if (each.kind === "pass") await shards.pass(each.millis);
        else if (each.kind === "restart") shards.of(each.shard).wake();
        else [shards.isUp, shards.losesAnswers] = [each.isUp, each.loses];
        const { inFlight, jobs } = shards.used();
        expect(inFlight).toBeLessThanOrEqual(chosen.jobsInFlight);
        expect(jobs).toBeLessThanOrEqual(chosen.jobsPerMonth);
      }
    }),
    { numRuns: 25 },
  );
});
