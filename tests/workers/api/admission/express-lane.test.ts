import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { limits } from "../../../../core/limits.ts";
import { renderNow } from "../../../../workers/api/admission/express-lane.ts";

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const ask = { ledger: "tnt_x/local/0", job: "job_1", sourceBytes: 10 };

/** What the ledger is told of a job that the lane deals with so. */
async function told(render: () => Promise<unknown>) {
  const dispatch = vi.fn<(job: string, lost: boolean) => Promise<void>>(async () => undefined);
  const timing = { measure: (_: string, work: () => Promise<unknown>) => work() };
  const call = { env: { EXPRESS: { render } }, timing } as never;
  const rendered = renderNow(call, { dispatch } as never, ask);
  await vi.advanceTimersByTimeAsync(limits.expressMillisMax);
  expect(await rendered).toBeNull();
  return dispatch.mock.calls;
}

test("a busy lane sends the job to the queue", async () => {
  expect(await told(async () => ({ verdict: "busy" }))).toEqual([["job_1", false]]);
});

test("a lane that ended without an answer has lost the job", async () => {
  const broken = () => Promise.reject(new Error("the isolate ended"));
  expect(await told(broken)).toEqual([["job_1", true]]);
});

test("a lane that is only slow may render still: nobody else is sent the job", async () => {
  expect(await told(() => new Promise(() => undefined))).toEqual([["job_1", false]]);
});
