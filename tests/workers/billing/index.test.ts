import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { creditChain } from "../../../core/books/credit-note.ts";
import type { SignedHead } from "../../../core/books/transparency.ts";
import { ledgerName } from "../../../core/job/ledger-address.ts";
import type { RollUpSummary } from "../../../core/billing/roll-up-summary.ts";
import { limits } from "../../../core/limits.ts";
import { doneAt, hour, utc } from "../../core/billing/usage-samples.ts";
import { MemoryWorld } from "./memory-books.ts";
import { witnessKeys } from "./witness-keys.ts";

/** What the platform's classes do for ours. */
vi.mock("cloudflare:workers", () => {
  class Entrypoint {
    readonly ctx: unknown;
    readonly env: unknown;

    constructor(ctx: unknown, env: unknown) {
      this.ctx = ctx;
      this.env = env;
    }
  }
  return { WorkerEntrypoint: Entrypoint, WorkflowEntrypoint: Entrypoint };
});
const { default: worker, Books, RollUp, Audit } = await import("../../../workers/billing/index.ts");

const tenant = "tnt_a";
const ledger = ledgerName({ tenant, region: "local", shard: 0 });
const start = utc("2026-11-20T10:15:00.000Z");

beforeEach(() => {
  vi.useFakeTimers({ now: start + hour, toFake: ["Date"] });
  for (const method of ["log", "error"] as const) vi.spyOn(console, method).mockReturnValue();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** The Worker over books in memory, with one job in a closed hour. */
function billing(keys: string | undefined = JSON.stringify(witnessKeys)) {
  const world = new MemoryWorld([tenant], start + hour);
  world.ledgerOf(tenant).settle(doneAt(start, 1));
  const started: { workflow: string; id: string; params: never }[] = [];
  const workflow = (name: string) => ({
    createBatch: async (batch: { id: string; params: never }[]) =>
      void started.push(...batch.map((each) => ({ workflow: name, ...each }))),
  });
  const directory = {
    listTenantIds: (page: { cursor: string | null }) => world.listTenantIds(page),
    unwrittenCreditNotes: vi.fn<() => Promise<[]>>(async () => []),
    creditNotes: async () => [],
    enterBreaches: vi.fn<(...given: unknown[]) => Promise<void>>(async () => undefined),
    issueCreditNote: vi.fn<(...given: unknown[]) => Promise<unknown>>(async () => ({
      ...{ ok: false, error: { reason: "too-many" } },
    })),
  };
  const objects = (name: string) => ({
    seal: () => world.seal(name),
    list: async () => [],
    wait: async () => null,
    balance: async () => null,
    usage: async () => ({ hours: [] }),
  });
  const env = {
    ...{ FLEET: world.fleet, BOOKS: world.bucket, WITNESS_KEYS: keys },
    DIRECTORY: { getByName: () => directory },
    LEDGER: { getByName: objects },
    FIGURES: {
      getByName: () => ({
        snapshot: async () => ({ counts: { done: 1 }, open: 2, oldestAt: start }),
      }),
    },
    ...{ ROLL_UP: workflow("roll-up"), AUDIT: workflow("audit") },
    PICTURES_LOCAL: { list: async () => ({ objects: [], truncated: false }) },
  } as never;
  const ctx = {} as never;
  const step = { do: (_: string, work: () => Promise<unknown>) => work() } as never;
  return { world, env, ctx, step, started, directory, books: new Books(ctx, env) };
}

const events = () =>
  [console.log, console.error].flatMap((method) =>
    vi.mocked(method).mock.calls.map(([line]) => (line as { event: string }).event),
  );

describe("four times an hour", () => {
  test("roll-ups and audits are started, each once by its name, and what they are given does the work", async () => {
    const { world, env, ctx, step, started, directory, books } = billing();
    const put = vi.spyOn(world.bucket, "put");
    await world.seal(ledger);
    const scheduled = { scheduledTime: start + hour } as never;
    await worker.scheduled(scheduled, env);
    expect(directory.unwrittenCreditNotes).toHaveBeenCalledOnce();
    // What is new is audited some time later.
    vi.setSystemTime(start + 2 * hour);
    await worker.scheduled({ scheduledTime: start + 2 * hour } as never, env);
    const [rollUp, audit] = ["roll-up", "audit"].map((name) =>
      started.filter(({ workflow }) => workflow === name),
    );
    expect(rollUp?.[0]?.id).toBe("2026-11-20T11-15-00-000Z-1");
    expect(audit).toHaveLength(1);
    expect(events()).toContain("audits-planned");

    const run = (entry: { run(event: never, step: never): Promise<unknown> }, part: object) =>
      entry.run({ payload: part, instanceId: "one" } as never, step);
    const summary = await run(new RollUp(ctx, env), rollUp?.[0]?.params ?? {});
    expect(summary).toMatchObject({ tenants: 1, segments: 1, statements: 1, changed: 1 });
    expect(await books.statement(tenant, "2026-11")).toMatchObject({ usage: { jobsDone: 1 } });
    const rows = put.mock.calls.filter(([key]) => key.startsWith("rows/"));
    expect(rows).toHaveLength(1);
    const [, gzipped, options] = rows[0] ?? [];
    expect(gunzipSync(gzipped as unknown as Uint8Array).toString()).toContain("job_local_0_1");
    expect(options).toEqual({ httpMetadata: { contentType: "application/gzip" } });
    await run(new Audit(ctx, env), audit?.[0]?.params ?? {});
    expect(events()).toEqual(expect.arrayContaining(["rolled-up", "audited"]));
    // The next run publishes what the parts have found.
    await worker.scheduled({ scheduledTime: start + 3 * hour } as never, env);
    expect((await books.audits()).last).toMatchObject({ tenants: 1, ledgers: 1 });
  });

  test("a log or a plan that fails holds up nothing else", async () => {
    const { world, env, started } = billing();
    await world.seal(ledger);
    const list = world.bucket.list.bind(world.bucket);
    vi.spyOn(world.bucket, "list").mockImplementation((options) => {
      if (/heads|audit|witness|transparency/.test(options.prefix)) throw new Error("away");
      return list(options);
    });
    await worker.scheduled({ scheduledTime: start + hour } as never, env);
    expect(started.map(({ workflow }) => workflow)).toContain("roll-up");
    expect(events()).toContain("heads-not-logged");
  });
});

describe("what the front door asks", () => {
  test("a roll-up of all tenants or of one, whose statement, records, heads and log are there then", async () => {
    const { world, books } = billing();
    const all = (await books.rollUp({ preview: true })) as RollUpSummary;
    expect(all).toMatchObject({ tenants: 1, segments: 1 });
    expect(await books.statement(tenant, "2026-11")).toMatchObject({
      ...{ usage: { jobsDone: 1 }, preview: { usage: { jobsDone: 1 } } },
    });
    expect(await books.statement(tenant, "2020-01")).toBeNull();
    expect(await books.segment(ledger, 1)).toBeInstanceOf(Uint8Array);
    expect(await books.segment(ledger, 2)).toBeNull();
    expect(await books.recorded(ledger, 1)).toMatchObject({ computeUnits: 117, witnessed: true });
    expect(await books.recorded(ledger, 2)).toBe("pending");
    const [head, ...others] = await books.heads(tenant);
    expect([head, others]).toMatchObject([{ ledger, number: 1, events: 1 }, []]);
    expect(await books.heads(tenant, "2026-11")).toHaveLength(1);
    const chain = creditChain(tenant, "2026-11");
    await world.witnessStore.replaceHead({ ...head, ledger: chain } as SignedHead, null);
    expect(await books.heads(tenant, "2026-11")).toMatchObject([{ ledger }, { ledger: chain }]);
    expect(await books.heads(tenant)).toHaveLength(1);

    vi.setSystemTime(start + 3 * hour);
    const one = await books.rollUp({ preview: false, tenant });
    expect(one).toMatchObject({ tenants: 1, segments: 0 });
    const again = await books.rollUp({ preview: false, tenant, again: true });
    expect(again).toMatchObject({ tenants: 1, segments: 1 });
    const log = await books.monthLog("2026-11");
    expect(log?.hours).toHaveLength(1);
    expect(events()).toContain("heads-logged");
    const logged = log?.hours[0]?.hour ?? "";
    expect(await books.loggedHour(logged, null)).toMatchObject({ logged: { heads: 1 } });
    expect(await books.loggedHeads(tenant, logged)).toMatchObject([{ head: { ledger } }]);
    expect(await books.monthLog("2020-01")).toBeNull();
    expect(await books.loggedHour("2020-01-01T00", null)).toBeNull();
  });

  test("usage by key, an audit and the public keys", async () => {
    const { books } = billing();
    await books.rollUp({ preview: false });
    const asked = { from: start - hour, to: start + hour, by: ["key"], periodLength: 10 } as const;
    expect(await books.groupedUsage(tenant, asked)).toMatchObject({
      groups: [{ key: "key_1", totals: { jobsDone: 1 } }],
    });
    const report = await books.audit({ tenant, cursor: null });
    expect(report).toMatchObject({ tenants: 1, ledgers: 1, cursor: null, unreachable: [] });
    expect(books.publicKeys()).toMatchObject({ keys: [{ kid: witnessKeys.keys[0]?.kid }] });
    expect(JSON.stringify(books.publicKeys())).not.toContain(witnessKeys.keys[0]?.d);
  });

  test("the metrics, of all objects that share a region's figures, as of now", async () => {
    const metrics = await billing().books.metrics();
    const parts = limits.figuresParts;
    expect(metrics).toMatch(new RegExp(`^minilab_jobs_total{.*done.*} ${parts}$`, "m"));
    expect(metrics).toMatch(new RegExp(`^minilab_open_jobs{.*} ${2 * parts}$`, "m"));
    expect(metrics).toMatch(/^minilab_oldest_open_job_seconds\{.*\} 3600$/m);
  });

  test("a credit note is the Directory's to issue, on the operator's behalf", async () => {
    const { world, books, directory } = billing();
    await books.rollUp({ preview: false });
    world.clock = utc("2026-12-05T00:00:00.000Z");
    vi.setSystemTime(world.clock);
    await books.rollUp({ preview: false, tenant });
    const asked = { tenant, month: "2026-11", reference: "T-1", amountMicros: 1, reason: "x" };
    const by = { actor: "opr_1", from: null };
    const issued = await books.issueCreditNote(asked as never, by);
    expect(issued).toEqual({ ok: false, error: { reason: "too-many" } });
    expect(directory.issueCreditNote).toHaveBeenCalledWith(
      expect.objectContaining({ reference: "T-1" }),
      expect.any(Number),
      by,
    );
  });

  test.each([undefined, "{}"])(
    "without keys for the witness nothing is signed: %s",
    async (keys) => {
      const { books } = billing(keys ?? "");
      expect(books.publicKeys()).toBeNull();
      expect(await books.rollUp({ preview: false })).toBeNull();
      expect(await books.audit({ tenant, cursor: null })).toBeNull();
      expect(await books.issueCreditNote({} as never, { actor: "opr_1", from: null })).toBeNull();
      expect(events()).toContain("misconfigured");
    },
  );
});
