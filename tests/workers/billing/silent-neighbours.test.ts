import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { limits } from "../../../core/limits.ts";
import { keepStanding } from "../../../workers/billing/audit/standing.ts";
import { BooksStore } from "../../../workers/billing/books-store.ts";
import { nextTenants } from "../../../workers/billing/roll-up.ts";
import { startParts } from "../../../workers/billing/start-parts.ts";
import { WitnessStore } from "../../../workers/billing/witness/witness-store.ts";
import tail from "../../../workers/tail/index.ts";
import { oneRegion } from "../../one-region.ts";

const never = () => new Promise<never>(() => undefined);
const silent = { get: never, put: never, list: never, delete: never };
/** It finds an object, whose bytes then do not come. */
const cutOff = {
  ...silent,
  get: async () => ({ size: 1, etag: "e", arrayBuffer: never, json: never }) as never,
};

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  for (const level of ["warn", "error"] as const) vi.spyOn(console, level).mockReturnValue();
});
afterEach(() => void vi.useRealTimers());

const ledger = "tnt_a/local/0";
const counted = { FLEET: oneRegion("eu"), SERVICE: "minilab" };
const figures = { ...counted, FIGURES: { getByName: () => ({ counted: never }) } };
const items = [{ scriptName: "minilab-api", outcome: "ok", cpuTime: 3, event: null }];
const store = { cursor: async () => null } as unknown as BooksStore;

test.each([
  ["news that is forgotten", () => new BooksStore(silent).forgetNews(["news"])],
  ["a segment", () => new BooksStore(silent).segment(ledger, 1)],
  ["a segment's bytes", () => new BooksStore(cutOff).segment(ledger, 1)],
  ["a checkpoint's bytes", () => new BooksStore(cutOff).checkpoint(ledger)],
  ["heads that are forgotten", () => new WitnessStore(silent).forgetPending(["head"])],
  ["breaches that ended", () => keepStanding({} as never, silent, "tnt_a", [])],
  ["a page of tenants", () => nextTenants({ store, listTenantIds: never } as never)],
  ["a Workflow", () => startParts({ createBatch: never }, "run", [{ tenants: [] }])],
  ["figures", async () => tail.tail(items as never, figures as never)],
])("what is silent holds up the books for a bounded time: %s", async (_, begin) => {
  const end = vi.fn<() => void>();
  void begin().then(end, end);
  await vi.advanceTimersByTimeAsync(limits.workflowMillisMax);
  expect(end).toHaveBeenCalledOnce();
});
