import { expect, test } from "vitest";
import { tailCounts } from "../../../core/metrics/tail-counts.ts";

/** As the platform sends it, without the logs. */
const item = {
  event: {
    request: {
      url: "https://minilab-api.example.workers.dev/v1/jobs",
      method: "POST",
      headers: {},
    },
    response: { status: 202 },
  },
  scriptName: "minilab-api",
  entrypoint: "default",
  outcome: "ok",
  executionModel: "stateless",
  cpuTime: 4,
  wallTime: 131,
  eventTimestamp: 1_795_850_000_000,
};

test("processor time, outcomes and answers are added up", () => {
  const queued = { ...item, scriptName: "minilab-consumer", cpuTime: 95.6, event: { queue: "q" } };
  expect(tailCounts("minilab", [item, item, queued])).toEqual({
    "cpuMillis:api": 8,
    "invocations:api:ok": 2,
    "answers:2xx": 2,
    "cpuMillis:consumer": 96,
    "invocations:consumer:ok": 1,
  });
});

test.each([
  ["answered with an error", { event: { ...item.event, response: { status: 503 } } }, "5xx"],
  ["ended by the platform", { outcome: "exceededCpu", event: { request: {} } }, "5xx"],
  ["given up by its client", { outcome: "canceled", event: { request: {} } }, "4xx"],
])("a request %s counts as that", (_, given, status) => {
  expect(tailCounts("minilab", [{ ...item, ...given }])).toMatchObject({
    [`answers:${status}`]: 1,
  });
});

test.each([
  [99, "1xx"],
  [199, "1xx"],
  [404, "4xx"],
  [599, "5xx"],
  [700, "5xx"],
])("status %i is of the class %s", (status, named) => {
  const answer = { ...item, event: { ...item.event, response: { status } } };
  expect(tailCounts("minilab", [answer])).toMatchObject({ [`answers:${named}`]: 1 });
});

test.each(["ok", "exception", "exceededCpu", "exceededMemory", "canceled"])(
  "the outcome %s has its name",
  (outcome) => {
    const billing = { ...item, scriptName: "minilab-billing", outcome };
    expect(tailCounts("minilab", [billing])).toEqual({
      "cpuMillis:billing": 4,
      [`invocations:billing:${outcome}`]: 1,
    });
  },
);

test("only requests of the front door are answers", () => {
  for (const event of [null, undefined, {}, { cron: "* * * * *" }]) {
    expect(Object.keys(tailCounts("minilab", [{ ...item, event }]))).toEqual([
      "cpuMillis:api",
      "invocations:api:ok",
    ]);
  }
});

test("whatever is told, names are few and counts are numbers", () => {
  const odd = [
    { scriptName: null, outcome: "new in 2030", cpuTime: Number.NaN },
    { scriptName: "minilab-of-somebody", outcome: "ok", cpuTime: -1, event: null },
  ];
  expect(tailCounts("minilab", odd)).toEqual({
    "cpuMillis:other": 0,
    "invocations:other:other": 1,
    "invocations:other:ok": 1,
  });
});
