import { beforeEach, describe, expect, test, vi } from "vitest";
import type { JobSpec } from "../../../../core/job/job.ts";
import { limits } from "../../../../core/limits.ts";
import { err, ok } from "../../../../core/result.ts";
import { ExpressLane } from "../../../../workers/api/admission/express-lane.ts";
import { Uploads } from "../../../../workers/api/admission/uploads.ts";
import type { Wanted } from "../../../../workers/api/deliver/find-stored.ts";
import { makeRendition } from "../../../../workers/api/deliver/make-rendition.ts";
import type { ExpressAnswer, ExpressAsk, SentFiles } from "../../../../core/job/express-calls.ts";
import type { Call } from "../../../../workers/api/route.ts";
import { answered, AskedLedger, rate, rateLimited, spec } from "../admission/asked-ledger.ts";

const tenant = "tnt_01kam0000000000000000000m1";
const picture = new Uint8Array([1, 2, 3]);
const going = { settledAt: null, error: null };
const file = { key: "k", bytes: new Uint8Array(3), etag: '"1"' };

let ledger: AskedLedger;
let call: Call;
/** What storage was asked and what became of it, and what went over the lane, in turn. */
let steps: string[];
let get: (key: string) => Promise<object | null>;
let number = 0;

const uploads = new Uploads();

beforeEach(() => {
  vi.spyOn(console, "warn").mockReturnValue();
  vi.spyOn(console, "error").mockReturnValue();
  ledger = new AskedLedger();
  steps = [];
  get = async () => object();
  const rendering = async (ask: ExpressAsk, sent?: SentFiles): Promise<ExpressAnswer> => {
    steps.push(sent ? `send ${sent.source.join(" ")}` : "render");
    expect([picture.length, limits.heldBytesMax]).toContain(ask.sourceBytes);
    // What is not counted here is stored by the consumer.
    expect(ask.handBack).toBe(sent && true);
    return { verdict: "ended", isKnown: true, renditions: [file] };
  };
  const env = {
    ...ledger.call.env,
    PICTURES_LOCAL: {
      head: async () => ({}),
      get: (key: string) => {
        steps.push(`get ${key}`);
        return get(key);
      },
    },
    EXPRESS: { render: rendering, renderSent: rendering },
  };
  call = { ...ledger.call, env, uploads, express: new ExpressLane() } as unknown as Call;
});

/** As R2 gives it: its bytes are read, or are not wanted. */
function object(read: () => Promise<ArrayBuffer> = async () => picture.slice().buffer) {
  return {
    size: picture.length,
    bodyUsed: false,
    body: { cancel: async () => void steps.push("cancel") },
    arrayBuffer() {
      this.bodyUsed = true;
      steps.push("read");
      return read();
    },
  };
}

const profile = { tenant, limits: {}, version: 1, home: null, shards: [{ shards: 1, since: 0 }] };

function make(more: Partial<JobSpec> = {}) {
  const digest = String(++number).padStart(64, "0");
  const kept = { source: "originals/a", rendition: `renditions/${tenant}/a/${digest}` };
  const source = { ...spec.source, bytes: picture.length };
  const rendition = { digest, key: kept.rendition };
  const wanted = { profile, rendition, spec: { ...spec, source, kept, ...more } };
  return makeRendition(call, wanted as unknown as Wanted);
}

const made = { made: { ok: true, value: file } };

test("a source is asked of storage while the ledger is asked, read once that has accepted, and sent", async () => {
  ledger.answers = [
    async () => {
      await vi.waitFor(() => expect(steps).toEqual(["get originals/a"]));
      return answered(going, false, { attempt: 1 });
    },
  ];
  expect(await make()).toMatchObject(made);
  expect(steps).toEqual(["get originals/a", "read", "send 1 2 3"]);
});

test("so is the largest that a door holds", async () => {
  ledger.answers = [answered(going, false, { attempt: 1 })];
  await make({ source: { ...spec.source, bytes: limits.heldBytesMax } });
  expect(steps.at(-1)).toBe("send 1 2 3");
});

describe("the consumer reads it itself", () => {
  beforeEach(() => {
    ledger.answers = [answered(going, false, { attempt: 1 })];
  });

  test("where it is larger than what a door holds", async () => {
    const source = { ...spec.source, bytes: limits.heldBytesMax + 1 };
    const env = call.env as unknown as { EXPRESS: object };
    Object.assign(env.EXPRESS, {
      render: async () => ({ verdict: "ended", isKnown: true, renditions: [file] }),
    });
    expect(await make({ source })).toMatchObject(made);
    expect(steps).toEqual([]);
  });

  test.each<[string, () => Promise<object | null>, string[]]>([
    ["where it is gone", async () => null, []],
    ["where storage fails", () => Promise.reject(new Error("R2 is down")), []],
    [
      "where its bytes do not come",
      async () => object(() => Promise.reject(new Error("cut off"))),
      ["read"],
    ],
  ])("%s", async (_, asked, between) => {
    get = asked;
    expect(await make()).toMatchObject(made);
    expect(steps).toEqual(["get originals/a", ...between, "render"]);
  });

  test("where the isolate has no room for it and what is made of it, and then it is not read here", async () => {
    const { promise, resolve } = Promise.withResolvers<never>();
    const needed = picture.length + limits.heldBytesMax;
    const left = limits.uploadsBytesMax - needed;
    const most = uploads.holding("tnt_other", left, () => promise);
    const more = uploads.holding("tnt_third", 1, () => promise);
    expect(await make()).toMatchObject(made);
    expect(steps).toEqual(["get originals/a", "cancel", "render"]);
    resolve({ ok: true } as never);
    await Promise.all([most, more]);
    steps.length = 0;
    const full = Promise.withResolvers<never>();
    const again = uploads.holding("tnt_other", left, () => full.promise);
    expect(await make()).toMatchObject(made);
    expect(steps).toEqual(["get originals/a", "read", "send 1 2 3"]);
    full.resolve({ ok: true } as never);
    await again;
  });

  test("where its ledger does not name the claim", async () => {
    ledger.answers = [answered(going)];
    expect(await make()).toMatchObject(made);
    expect(steps).toEqual(["get originals/a", "cancel", "render"]);
  });
});

test("what visitors want to see takes at most half of an isolate's room, and none of its tenant's share", async () => {
  ledger.answers = [answered(going, false, { attempt: 1 })];
  const { promise, resolve } = Promise.withResolvers<ExpressAnswer>();
  const render = () => promise;
  Object.assign(call.env.EXPRESS, { render, renderSent: render });
  const making = Array.from({ length: 40 }, () => make());
  const read = () => steps.filter((step) => step === "read").length;
  await vi.waitFor(() => expect(steps).toHaveLength(80));
  const half = limits.uploadsBytesMax / 2;
  expect(read()).toBe(half / limits.heldBytesMax);
  const upload = half - limits.heldBytesMax;
  expect(await uploads.holding(tenant, upload, async () => ok(true))).toEqual(ok(true));
  resolve({ verdict: "ended", isKnown: true, renditions: [file] });
  await Promise.all(making);
});

describe("what was asked of storage in vain is not read", () => {
  const done = { settledAt: 1, error: null, id: "job_known" };

  test.each<[string, unknown[]]>([
    ["the ledger refuses", [{ verdict: err(rateLimited), rate }]],
    ["the ledger does not answer", [() => Promise.reject(new Error("away"))]],
    ["the rendition is made already", [answered(done, true)]],
    ["another request has it made", [answered(going, true), done]],
    ["it is rendered alone", [answered(going, false, { apart: true }), done]],
  ])("%s", async (_, answers) => {
    ledger.answers = answers;
    await make();
    expect(steps).toEqual(["get originals/a", "cancel"]);
  });

  test("nor is it asked for where a refusal is likely", async () => {
    ledger.answers = [answered(going, false, { attempt: 1 })];
    call.refusals.expect(`${tenant}/local/0`, Date.now());
    expect(await make()).toMatchObject(made);
    expect(steps).toEqual(["render"]);
  });
});
