import { expect, test, vi } from "vitest";
import { specVersion } from "../../../core/job/job.ts";
import type { ClaimedJob } from "../../../workers/consumer/claim.ts";
import { renderJob } from "../../../workers/consumer/render-job.ts";

test("a job that a newer door described is handed back, not rendered by what this version knows of it", async () => {
  const render = vi.fn<() => never>();
  const spec = { v: specVersion + 1, transforms: [] };
  const outcome = await renderJob(
    { engine: { render }, log: console },
    { id: "job", spec } as unknown as ClaimedJob,
    new Uint8Array(),
  );
  expect(outcome).toMatchObject({ ok: false, error: { kind: "deferred" } });
  expect(outcome).not.toHaveProperty("error.blame");
  expect(render).not.toHaveBeenCalled();
});
