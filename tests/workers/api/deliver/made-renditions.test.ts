import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { DeliveryProfile } from "../../../../core/delivery/profile.ts";
import { renditionIdempotency } from "../../../../core/delivery/rendition.ts";
import { defaultSettings } from "../../../../core/delivery/settings.ts";
import { tenantIdSchema } from "../../../../core/identity/ids.ts";
import { plans } from "../../../../core/identity/tenant-limits.ts";
import type { Job } from "../../../../core/job/job.ts";
import { limits } from "../../../../core/limits.ts";
import { DAY } from "../../../../core/magnitudes.ts";
import { problem, type ProblemCode } from "../../../../core/problem.ts";
import { err } from "../../../../core/result.ts";
import type { ExpressAnswer, ExpressAsk } from "../../../../core/job/express-calls.ts";
import { ExpressLane } from "../../../../workers/api/admission/express-lane.ts";
import type { Wanted } from "../../../../workers/api/deliver/find-stored.ts";
import { makeLater, makeRendition } from "../../../../workers/api/deliver/make-rendition.ts";
import type { Call } from "../../../../workers/api/route.ts";
import { answered, AskedLedger, rate, rateLimited, spec } from "../admission/asked-ledger.ts";

const tenant = tenantIdSchema.parse("tnt_01kam0000000000000000000m1");
const name = `${tenant}/local/0`;
const profile: DeliveryProfile = {
  tenant,
  limits: { ...plans.custom, retentionDays: 3 },
  version: 7,
  status: "active",
  settings: defaultSettings,
  signingKeys: [],
  home: null,
  shards: [{ shards: 1, since: 0 }],
};

let ledger: AskedLedger;
let call: Call;
let wanted: Wanted;
/** When the rendition was stored; null: it is not there. */
let storedAt: number | null;
/** What the express lane was asked to render, and what it answers. */
let rendered: ExpressAsk[];
let render: () => Promise<ExpressAnswer>;
let number = 0;

const errors = vi.spyOn(console, "error");
const warnings = vi.spyOn(console, "warn");

beforeEach(() => {
  vi.useFakeTimers();
  for (const level of [errors, warnings]) level.mockReset().mockReturnValue();
  ledger = new AskedLedger();
  storedAt = null;
  rendered = [];
  render = () => new Promise(() => undefined);
  const head = async (key: string) =>
    key === wanted.rendition.key && storedAt !== null ? { uploaded: new Date(storedAt) } : null;
  const env = {
    ...ledger.call.env,
    PICTURES_LOCAL: { head, get: async () => null },
    EXPRESS: {
      render: (ask: ExpressAsk) => {
        rendered.push(ask);
        return render();
      },
    },
  };
  call = { ...ledger.call, env, express: new ExpressLane() } as unknown as Call;
  // Each of its own: what was ordered lately is remembered by the isolate.
  const digest = String(++number).padStart(64, "0");
  wanted = {
    profile,
    rendition: { digest, key: `renditions/${tenant}/a/${digest}` },
    spec,
  } as unknown as Wanted;
});
afterEach(() => void vi.useRealTimers());

const slow = () => ({ ...wanted, spec: { ...spec, computeUnits: limits.expressUnitsMax + 1 } });
const outcome = async (asked = wanted) => (await makeRendition(call, asked)).made;
const going: Partial<Job> = { settledAt: null, error: null };
const done: Partial<Job> = { settledAt: 1, error: null };
const failed = (code: ProblemCode, settledAt = 1): Partial<Job> => ({
  settledAt,
  error: problem(code, "It failed."),
});
const file = { key: "k", bytes: new Uint8Array(3), etag: '"1"' };
const there = { ok: true, value: null };

describe("a rendition that is light enough", () => {
  test("is accepted as held and rendered at once, and its bytes are the answer", async () => {
    ledger.answers = [answered(going, false, { attempt: 1 })];
    render = async () => ({ verdict: "ended", isKnown: true, renditions: [file] });
    expect(await outcome()).toEqual({ ok: true, value: file });
    expect(ledger.asked).toMatchObject([{ ledger: name, call: "accept" }]);
    expect(ledger.given(0)).toMatchObject({
      key: "delivery",
      limits: profile.limits,
      limitsVersion: 7,
      shards: profile.shards,
      idempotency: renditionIdempotency(wanted.rendition),
      spec,
      holdMillis: limits.expressHoldMillis,
      claim: true,
    });
    expect(ledger.given(0).idempotency).not.toHaveProperty("replaces");
    const about = { ledger: name, job: "job_known", sourceBytes: 1 };
    expect(rendered).toMatchObject([{ ...about, claim: { attempt: 1 } }]);
  });

  test("is asked of the ledger where the lane's answer has none", async () => {
    ledger.answers = [answered(going), { ...done, id: "job_known" }];
    render = async () => ({ verdict: "ended", isKnown: true, renditions: [] });
    expect(await outcome()).toEqual(there);
    const waitMillis = limits.waitSecondsMax * 1000;
    expect(ledger.asked.map((each) => each.call)).toEqual(["accept", "wait"]);
    expect(ledger.asked[1]?.given).toEqual(["job_known", waitMillis]);
  });

  test("goes to the queue where the lane does not take it, and is waited for", async () => {
    ledger.answers = [answered(going), undefined, { ...failed("corrupt-image"), id: "job_known" }];
    render = async () => ({ verdict: "busy" });
    expect(await outcome()).toMatchObject({ ok: false, error: { code: "corrupt-image" } });
    expect(ledger.asked.map((each) => [each.call, ...each.given]).slice(1)).toEqual([
      ["dispatch", "job_known", false, true],
      ["wait", "job_known", limits.waitSecondsMax * 1000],
    ]);
  });

  test.each([
    ["set apart", false, { apart: true }],
    ["that another request began", true, {}],
  ] as const)("%s is waited for, and the lane is not asked", async (_, replayed, more) => {
    ledger.answers = [answered(going, replayed, more), { ...done, id: "job_known" }];
    expect(await outcome()).toEqual(there);
    expect(ledger.calls).toEqual(["accept", "wait"]);
    expect(rendered).toEqual([]);
  });

  test.each([
    ["is still being made", { ...going, id: "job_known" }],
    ["is gone", null],
  ])("that %s when the wait is over is asked for again", async (_, later) => {
    ledger.answers = [answered(going, true), later];
    const retryAfterMillis = limits.notReadyRetryMillis;
    expect(await outcome()).toMatchObject({ error: { code: "unavailable", retryAfterMillis } });
  });
});

describe("one that is not", () => {
  test("goes to the queue, and the ledger holds the call until it is there", async () => {
    ledger.answers = [answered(done)];
    expect(await outcome(slow())).toEqual(there);
    expect(ledger.asked).toMatchObject([
      { call: "acceptWait", given: [{}, limits.waitSecondsMax * 1000] },
    ]);
    expect(ledger.given(0)).not.toHaveProperty("holdMillis");
    expect(ledger.given(0)).not.toHaveProperty("claim");
    expect(rendered).toEqual([]);
  });

  test("that is not ready by then is asked for again", async () => {
    ledger.answers = [answered(going)];
    expect(await outcome(slow())).toMatchObject({ error: { code: "unavailable" } });
    expect(ledger.calls).toEqual(["acceptWait"]);
  });
});

describe("a rendition that was made before", () => {
  const replaced = () => ledger.asked.map((_, at) => ledger.given(at).idempotency?.replaces);

  test("and is there is not made again", async () => {
    storedAt = Date.now() - 3 * DAY + 1;
    ledger.answers = [answered(done, true)];
    expect(await outcome()).toEqual(there);
    expect(replaced()).toEqual([undefined]);
  });

  test.each([
    ["is gone", null],
    ["has lasted as long as its tenant keeps jobs", 3 * DAY],
  ])("and %s is made again by a job that takes the place of the first", async (_, age) => {
    storedAt = age && Date.now() - age;
    ledger.answers = [answered(done, true), answered({ ...done, id: "job_new" })];
    expect(await outcome()).toEqual(there);
    expect(replaced()).toEqual([undefined, "job_known"]);
  });

  test("is made again once: where that is gone too, it is asked for later", async () => {
    ledger.answers = [answered(done, true)];
    expect(await outcome()).toMatchObject({ error: { code: "unavailable" } });
    expect(replaced()).toEqual([undefined, "job_known"]);
  });

  test.each<[ProblemCode, number, boolean]>([
    ["deadline-exceeded", 0, true],
    ["internal", 0, true],
    ["corrupt-image", limits.failedRenditionMillis, false],
    ["attempts-exhausted", limits.failedRenditionMillis - 1, false],
    ["attempts-exhausted", limits.failedRenditionMillis, true],
  ])("and failed as %s %i ms ago: it is tried again: %s", async (code, ago, isAgain) => {
    const before = failed(code, Date.now() - ago);
    ledger.answers = [answered(before, true), answered({ ...done, id: "job_new" })];
    const made = await outcome();
    expect(made.ok).toBe(isAgain);
    expect(replaced()).toEqual(isAgain ? [undefined, "job_known"] : [undefined]);
  });

  test("and was cancelled while its picture was there is tried again; in this attempt that is the answer", async () => {
    const kept = { source: "originals/a", rendition: wanted.rendition.key };
    const asked = { ...wanted, spec: { ...spec, kept } };
    ledger.answers = [answered(failed("cancelled"), true), answered(failed("cancelled"))];
    expect(await outcome(asked)).toMatchObject({ error: { code: "cancelled" } });
    expect(replaced()).toEqual([undefined, "job_known"]);
  });
});

test("what its ledger refuses is refused, and until Retry-After without asking", async () => {
  ledger.answers = [{ verdict: err(rateLimited), rate }];
  expect(await outcome()).toEqual({ ok: false, error: rateLimited });
  vi.setSystemTime(Date.now() + 1000);
  expect(await outcome()).toMatchObject({
    error: { code: "rate-limited", retryAfterMillis: 3000 },
  });
  expect(ledger.calls).toEqual(["accept"]);
});

test("a ledger that does not answer is told as such, and logged", async () => {
  ledger.answers = [() => Promise.reject(new Error("away"))];
  const retryAfterMillis = limits.unavailableRetryMillis;
  expect(await outcome()).toMatchObject({ error: { code: "unavailable", retryAfterMillis } });
  expect(errors).toHaveBeenCalledWith({
    event: "rendition-not-made",
    cause: expect.stringContaining("region local did not answer"),
  });
});

test("requests that come meanwhile share one call, and wait no longer than it can take", async () => {
  ledger.answers = [() => new Promise(() => undefined)];
  const [first, second] = [makeRendition(call, slow()), makeRendition(call, slow())];
  const millisMax = limits.waitSecondsMax * 1000 + limits.objectMillisMax;
  const end = vi.fn<() => void>();
  void second.then(end);
  await vi.advanceTimersByTimeAsync(millisMax - 1);
  expect(end).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  const unavailable = { ok: false, error: { code: "unavailable" } };
  expect(await first).toMatchObject({ made: unavailable, collapsed: false });
  expect(await second).toMatchObject({ made: unavailable, collapsed: true });
  expect(ledger.calls).toEqual(["acceptWait"]);
});

test("an orphan that cannot be looked for is logged, and hurts nobody", async () => {
  ledger.answers = [answered(done)];
  const kept = { source: "originals/a", rendition: wanted.rendition.key };
  const away = () => Promise.reject(new Error("R2"));
  Object.assign(call.env, { PICTURES_LOCAL: { head: away, get: away } });
  expect(await outcome({ ...wanted, spec: { ...spec, kept } })).toEqual(there);
  await Promise.all(ledger.background);
  expect(errors).toHaveBeenCalledWith(
    expect.objectContaining({ event: "orphan-not-removed", key: wanted.rendition.key }),
  );
});

describe("a rendition that is ordered for later", () => {
  const order = async () => {
    makeLater(call, wanted);
    await Promise.all(ledger.background.splice(0));
  };

  test("goes to the queue, and nobody waits for it", async () => {
    ledger.answers = [answered(going)];
    await order();
    expect(ledger.calls).toEqual(["accept"]);
    expect(ledger.given(0)).not.toHaveProperty("holdMillis");
    expect(rendered).toEqual([]);
  });

  test("is ordered again after a while", async () => {
    ledger.answers = [answered(going)];
    await order();
    vi.setSystemTime(Date.now() + limits.orderAgainMillis - 1);
    await order();
    expect(ledger.calls).toHaveLength(1);
    vi.setSystemTime(Date.now() + 1);
    await order();
    expect(ledger.calls).toHaveLength(2);
  });

  test("takes the place of what was made before and is gone", async () => {
    ledger.answers = [answered(done, true), answered(going)];
    await order();
    expect(ledger.given(1).idempotency?.replaces).toBe("job_known");
  });

  test("and cannot be is logged", async () => {
    ledger.answers = [() => Promise.reject(new Error("away"))];
    await order();
    expect(warnings).toHaveBeenCalledWith({
      event: "rendition-not-ordered",
      cause: expect.stringContaining("region local did not answer"),
    });
  });
});
