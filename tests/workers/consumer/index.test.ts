import { expect, test, vi } from "vitest";
import type { ClaimRequest, SettleRequest } from "../../../durable-objects/ledger/ledger-calls.ts";
import { oneRegion } from "../../one-region.ts";
import { ledger, Workshop } from "./workshop.ts";

/** What the platform's class does for ours; the codecs are compiled by its bundler. */
vi.mock("cloudflare:workers", () => ({
  WorkerEntrypoint: class {
    readonly ctx: unknown;
    readonly env: unknown;

    constructor(ctx: unknown, env: unknown) {
      this.ctx = ctx;
      this.env = env;
    }
  },
}));
vi.mock("../../../engine/modules-worker.ts", () => ({ engineModules: {} }));
const { default: worker, Express } = await import("../../../workers/consumer/index.ts");

/** The Worker before a ledger that gives nothing out; what it is asked. */
function consumer() {
  const claim = vi.fn<(asked: readonly ClaimRequest[], alone: boolean) => Promise<object[]>>(
    async (asked) => asked.map(({ job }) => ({ verdict: "drop", job })),
  );
  const settle = vi.fn<(ended: readonly SettleRequest[]) => Promise<string[]>>(async (ended) =>
    ended.map(() => "settled"),
  );
  const env = {
    FLEET: oneRegion(),
    LEDGER: { getByName: () => ({ claim, settle }) },
    ...{ PICTURES_LOCAL: {}, SOLO_LOCAL: {} },
  } as never;
  const workshop = new Workshop();
  const receive = async (queue: string) => {
    const messages = [workshop.message("a")];
    await worker.queue({ queue, messages } as never, env);
  };
  return { env, claim, settle, receive, workshop };
}

test.each([
  ["minilab-jobs-local-3", false],
  ["minilab-solo-local", true],
])("jobs of %s are rendered alone: %s", async (queue, alone) => {
  const { claim, settle, receive, workshop } = consumer();
  await receive(queue);
  expect(claim.mock.calls).toMatchObject([[[{ job: "a" }], alone]]);
  expect([settle.mock.calls, workshop.steps]).toEqual([[], ["ack a"]]);
});

test("dead letters are handed back to their ledgers, and nothing is rendered", async () => {
  const { claim, settle, receive, workshop } = consumer();
  await receive("minilab-dead-local");
  expect(settle.mock.calls).toMatchObject([[[{ job: "a", outcome: { kind: "deferred" } }]]]);
  expect([claim.mock.calls, workshop.steps]).toEqual([[], ["ack a"]]);
});

test("a job that somebody waits for is done even when the caller has gone", async () => {
  const { env, claim } = consumer();
  const kept: Promise<unknown>[] = [];
  const ctx = { waitUntil: (work: Promise<unknown>) => void kept.push(work) } as never;
  const express = new Express(ctx, env);
  const ask = { ledger, job: "a", sourceBytes: 1 };
  const ended = { verdict: "ended", isKnown: true, renditions: [] };
  expect(await express.render(ask)).toEqual(ended);
  expect(await express.renderSent(ask, { source: new Uint8Array(1) })).toEqual(ended);
  expect(await Promise.all(kept)).toEqual([ended, ended]);
  expect(claim).toHaveBeenCalledTimes(2);
});
