import { beforeEach, expect, test, vi } from "vitest";
import { MemoryWorld } from "./memory-books.ts";
import { witnessKeys } from "./witness-keys.ts";

/** What the platform's classes do for ours. */
vi.mock("cloudflare:workers", () => {
  class Entrypoint {
    readonly env: unknown;
    constructor(_ctx: unknown, env: unknown) {
      this.env = env;
    }
  }
  return { WorkerEntrypoint: Entrypoint, WorkflowEntrypoint: Entrypoint };
});

/** What the parts answer. */
const answers = vi.hoisted(() => ({
  rollUp: {} as object,
  audit: {} as object,
  plan: async (): Promise<object | null> => null,
}));
vi.mock("../../../workers/billing/scheduled-roll-up.ts", () => ({
  readNews: async () => new Map(),
  planRollUp: async () => [],
  rollUpPart: async () => answers.rollUp,
}));
vi.mock("../../../workers/billing/audit/scheduled-audit.ts", () => ({
  planAudits: async () => answers.plan(),
  auditPart: async () => answers.audit,
}));
const { default: worker, RollUp, Audit } = await import("../../../workers/billing/index.ts");

let started: object[];
let log: ReturnType<typeof vi.spyOn>;
let error: ReturnType<typeof vi.spyOn>;
beforeEach(() => {
  started = [];
  log = vi.spyOn(console, "log").mockReset().mockReturnValue();
  error = vi.spyOn(console, "error").mockReset().mockReturnValue();
  answers.plan = async () => null;
});

const workflow = { createBatch: async (batch: object[]) => void started.push(...batch) };
const world = new MemoryWorld([], 0);
const env = {
  ...{ FLEET: world.fleet, BOOKS: world.bucket, WITNESS_KEYS: JSON.stringify(witnessKeys) },
  DIRECTORY: { getByName: () => ({ unwrittenCreditNotes: async () => [] }) },
  ...{ LEDGER: {}, FIGURES: {}, PICTURES_LOCAL: {}, ROLL_UP: workflow, AUDIT: workflow },
} as never;
const run = (entry: { run(event: never, step: never): Promise<unknown> }) =>
  entry.run(
    { payload: {}, instanceId: "run-1" } as never,
    { do: (_: string, work: () => Promise<unknown>) => work() } as never,
  );

const rest = { tenants: ["tnt_a"] };
const report = { tenants: 1, ledgers: 2, unreachable: ["a", "b"], breaches: ["c"] };

test("what a part of a roll-up leaves over is a part of its own, named after it", async () => {
  answers.rollUp = { summary: { tenants: 1 }, rest };
  expect(await run(new RollUp({} as never, env))).toEqual({ tenants: 1 });
  expect(started).toEqual([{ id: "run-1-rest-1", params: rest }]);
});

test("what a part of an audit leaves over is a part of its own, named after it", async () => {
  answers.audit = { report, rest };
  await run(new Audit({} as never, env));
  expect(started).toEqual([{ id: "run-1-rest-1", params: rest }]);
  expect(log).toHaveBeenCalledExactlyOnceWith({
    ...{ event: "audited", tenants: 1, ledgers: 2, unreachable: 2, breaches: 1 },
  });
});

test("parts that leave nothing over start nothing", async () => {
  answers.rollUp = { summary: {}, rest: null };
  answers.audit = { report, rest: null };
  await run(new RollUp({} as never, env));
  await run(new Audit({} as never, env));
  expect(started).toEqual([]);
});

const scheduled = () => worker.scheduled({ scheduledTime: 0 } as never, env);

test("audits that are planned start together, and the log says how many and who waits", async () => {
  const parts = [0, 1].map(() => ({ ...rest, run: Date.UTC(2026, 10, 20) }));
  answers.plan = async () => ({ parts, harvest: { waiting: 3 } });
  await scheduled();
  expect(started).toMatchObject([1, 2].map((each) => ({ id: `2026-11-20T00-00-00-000Z-${each}` })));
  expect(log).toHaveBeenCalledExactlyOnceWith({ event: "audits-planned", parts: 2, waiting: 3 });
});

test("where no audit is planned none starts, and no head is logged where none waits", async () => {
  await scheduled();
  expect(started).toEqual([]);
  expect(log).toHaveBeenCalledExactlyOnceWith({ event: "audits-planned", parts: 0 });
  expect(error).not.toHaveBeenCalled();
});

test("audits that cannot be planned are reported, and hold up nothing else", async () => {
  answers.plan = () => Promise.reject(new Error("away"));
  await scheduled();
  expect(error).toHaveBeenCalledExactlyOnceWith({ event: "not-audited", cause: "Error: away" });
});

test("a Worker that lacks a binding does nothing", async () => {
  const without = { ...(env as object), DIRECTORY: undefined } as never;
  await expect(worker.scheduled({ scheduledTime: 0 } as never, without)).rejects.toThrow(
    "misconfigured: DIRECTORY is not bound",
  );
});
