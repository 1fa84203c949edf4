import { expect, test, vi } from "vitest";
import { specVersion } from "../../../core/job/job.ts";
import type { ClaimedJob } from "../../../workers/consumer/claim.ts";
import { loadSource } from "../../../workers/consumer/load-source.ts";
import type { ConsumerPorts } from "../../../workers/consumer/ports.ts";
import { renderJob } from "../../../workers/consumer/render-job.ts";

test("a job that a newer door described is handed back, not rendered by what this version knows of it", async () => {
  const render = vi.fn<() => never>();
  const spec = { v: specVersion + 1, transforms: [] };
  const outcome = await renderJob(
    { engine: { render }, log: console },
    { id: "job", spec } as unknown as ClaimedJob,
    { source: new Uint8Array() },
  );
  expect(outcome).toMatchObject({ ok: false, error: { kind: "deferred" } });
  expect(outcome).not.toHaveProperty("error.blame");
  expect(render).not.toHaveBeenCalled();
});

test("a job that a door of this version or an older one described is rendered", async () => {
  const rendered = { ok: true, value: { renditions: [] } };
  const render = vi.fn<() => Promise<never>>(async () => rendered as never);
  for (const v of [specVersion, undefined]) {
    const spec = { v, transforms: [], computeUnits: 1 };
    const job = { id: "job", spec } as unknown as ClaimedJob;
    const outcome = await renderJob({ engine: { render }, log: console }, job, {
      source: new Uint8Array(),
    });
    expect(outcome).toEqual(rendered);
  }
});

test("a job with an overlay is rendered with it, or not at all where it was removed", async () => {
  const spec = { source: {}, overlay: {}, transforms: [], computeUnits: 5 };
  const job = { tenant: "tnt_x", id: "job", spec } as unknown as ClaimedJob;
  const load = (stored: Readonly<Record<string, Uint8Array>>) => {
    const get = async (key: string) => {
      const bytes = stored[key];
      return bytes ? { arrayBuffer: async () => new Uint8Array(bytes).buffer } : null;
    };
    const retries = { take: () => false, succeeded: () => undefined };
    const ports = { pictures: { get }, timers: globalThis, retries };
    return loadSource(ports as unknown as ConsumerPorts, job);
  };
  const source = new Uint8Array([1]);
  const overlay = new Uint8Array([2]);
  const [one, other] = ["pictures/tnt_x/job/source", "pictures/tnt_x/job/overlay"] as const;
  const loaded = await load({ [one]: source, [other]: overlay });
  expect(loaded).toEqual({ ok: true, value: { source, overlay } });
  const removed = { ok: false, error: { kind: "failed", problem: { code: "cancelled" } } };
  expect(await load({ [one]: source })).toMatchObject(removed);

  const render = vi.fn<() => never>();
  await renderJob({ engine: { render }, log: console }, job, { source, overlay });
  expect(render).toHaveBeenCalledWith(source, [], overlay, { tenant: "tnt_x", computeUnits: 5 });
});
