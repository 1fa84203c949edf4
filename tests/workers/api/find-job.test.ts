import { expect, test, vi } from "vitest";
import { limits } from "../../../core/limits.ts";
import { RegionHealths } from "../../../workers/api/admission/region-healths.ts";
import { findJob } from "../../../workers/api/find-job.ts";
import { Timing } from "../../../workers/api/http/timing.ts";
import type { Call } from "../../../workers/api/route.ts";
import { oneRegion } from "../../one-region.ts";

const id = "job_local_3_01m7wbyda87n5fyfxf530w4grf";

function isolate(params: Record<string, string>, wait: () => Promise<unknown>) {
  const asked: unknown[] = [];
  const getByName = (ledger: string) => ({
    wait: (...given: unknown[]) => {
      asked.push([ledger, ...given]);
      return wait();
    },
  });
  const env = { FLEET: oneRegion(), LEDGER: { getByName } };
  const about = { env, params, timing: new Timing(), healths: new RegionHealths() };
  return { call: about as unknown as Call, asked };
}

test("a job is asked of the ledger that its id names, which may hold the call for as long", async () => {
  vi.useFakeTimers();
  vi.spyOn(console, "warn").mockReturnValue();
  const { call, asked } = isolate({ id }, () => new Promise(() => undefined));
  const late = vi.fn<() => void>();
  findJob(call, "tnt_x", 5000).catch(late);
  await vi.advanceTimersByTimeAsync(5000 + limits.objectMillisMax - 1);
  expect(late).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(late).toHaveBeenCalledOnce();
  expect(asked).toEqual([["tnt_x/local/3", id, 5000]]);
  expect(call.timing.header()).toMatch(/^ledger;/);
  vi.useRealTimers();
});

test.each([[{ id: "job_elsewhere_0_01m7wbyda87n5fyfxf530w4grf" }], [{ id: "x" }], [{}]])(
  "an id that can be no job's costs no call: %j",
  async (params) => {
    const { call, asked } = isolate(params, async () => null);
    expect(await findJob(call, "tnt_x", 0)).toBeNull();
    expect(asked).toEqual([]);
  },
);
