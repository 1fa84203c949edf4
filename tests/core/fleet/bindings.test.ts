import fc from "fast-check";
import { expect, test } from "vitest";
import {
  bound,
  deadBinding,
  jobsBinding,
  parseQueueName,
  picturesBinding,
  queueName,
  soloBinding,
  type QueueRole,
} from "../../../core/fleet/bindings.ts";

test("a region's bindings carry its name in capitals", () => {
  expect(picturesBinding("eu1")).toBe("PICTURES_EU1");
  expect(jobsBinding("eu1", 3)).toBe("JOBS_EU1_3");
  expect(soloBinding("eu1")).toBe("SOLO_EU1");
  expect(deadBinding("eu1")).toBe("DEAD_EU1");
});

test("what is bound is given; what is not is named, with the command that binds it", () => {
  const env: { readonly HERE: number; readonly AWAY?: number } = { HERE: 0 };
  expect(bound(env, "HERE")).toBe(0);
  expect(() => bound(env, "AWAY")).toThrow("AWAY is not bound; run: npm run topology");
});

test("a queue's name says what it carries and where", () => {
  expect(queueName("minilab", "jobs", "eu", 2)).toBe("minilab-jobs-eu-2");
  expect(queueName("minilab", "solo", "eu")).toBe("minilab-solo-eu");
  const service = fc.stringMatching(/^[a-z][a-z0-9-]{0,30}$/);
  const role = fc.constantFrom<QueueRole>("jobs", "solo", "dead");
  const region = fc.stringMatching(/^[a-z0-9]{1,12}$/);
  const number = fc.option(fc.nat({ max: 39 }), { nil: undefined });
  fc.assert(
    fc.property(service, role, region, number, (named, carries, where, which) => {
      const name = queueName(named, carries, where, which);
      expect(parseQueueName(name)).toEqual({ role: carries, region: where });
    }),
  );
});

test.each([
  "",
  "minilab-jobs",
  "minilab-jobs-",
  "minilab-mail-eu-0",
  "minilab-jobs-EU-0",
  "minilab-jobs-eu-0-0",
  "minilab-jobs-eu-x",
  "minilab-jobs-thirteenchars-0",
])("%j is no queue of this service", (name) => {
  expect(() => parseQueueName(name)).toThrow(`no way to consume ${name}`);
});
