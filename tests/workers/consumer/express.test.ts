import { describe, expect, test, vi } from "vitest";
import type { Job } from "../../../core/job/job.ts";
import { overlayKey, sourceKey } from "../../../core/job/picture-key.ts";
import { limits } from "../../../core/limits.ts";
import type { ExpressAsk, SentFiles } from "../../../core/job/express-calls.ts";
import { ExpressLane, type TaggingStore } from "../../../workers/consumer/express.ts";
import type { LedgerCalls } from "../../../workers/consumer/ports.ts";
import { ledger, toRender, Workshop } from "./workshop.ts";

const ask = (more: Partial<ExpressAsk> = {}): ExpressAsk => ({
  ...{ ledger, job: "a", sourceBytes: 1 },
  ...more,
});

/** The lane on the workshop's ports; its bucket names the tag of what is put. */
function laneOf(workshop: Workshop, settle?: LedgerCalls["settle"]) {
  const ports = workshop.ports;
  const calls = { ...workshop.ledger, ...(settle && { settle }) };
  const put: TaggingStore["put"] = async (...given) => {
    await ports.pictures.put(...given);
    return { httpEtag: `"${given[0]}"` };
  };
  const lane = new ExpressLane();
  const pictures = { ...ports.pictures, put };
  const express = { ...ports, ...(settle && { ledger: () => calls }), pictures };
  return (more: Partial<ExpressAsk> = {}, sent: SentFiles | null = null) =>
    lane.render(ask(more), express, sent);
}

test("a job is claimed, rendered, stored and settled as in the queue, and its bytes come back", async () => {
  const workshop = new Workshop(toRender("a"));
  const claim = vi.spyOn(workshop.ledger, "claim");
  const answer = await laneOf(workshop)();
  const [[key, stored] = []] = workshop.stored;
  const renditions = [{ key, bytes: stored?.bytes, etag: `"${key}"` }];
  expect(answer).toEqual({ verdict: "ended", isKnown: true, renditions });
  // What it costs: two calls of its ledger, one read of storage and one put.
  expect(claim).toHaveBeenCalledOnce();
  expect(workshop.steps).toEqual(["load a", "render a", "settle a"]);
  expect(workshop.stored.size).toBe(1);
  expect(workshop.outcomes.get("a")?.kind).toBe("done");
});

test("files that the caller holds are rendered byte for byte, and not looked for in storage", async () => {
  const job = toRender("a");
  if (job.verdict !== "render") throw new Error("it is to be rendered");
  const overlaid = { ...job, spec: { ...job.spec, overlay: job.spec.source } };
  const workshop = new Workshop(overlaid);
  workshop.sources.set(overlayKey("tnt_x", "a"), new Uint8Array([9]));
  const render = vi.spyOn(workshop.ports.engine, "render");
  // Parts of one larger buffer, as they come in a form.
  const form = new Uint8Array([0, 97, 98, 0, 99]);
  const sent = { source: form.subarray(1, 3), overlay: form.subarray(4) };
  expect(await laneOf(workshop)({}, sent)).toMatchObject({ isKnown: true, renditions: [{}] });
  const [[source, , overlay] = []] = render.mock.calls;
  expect([source, overlay]).toEqual([new Uint8Array([97, 98]), new Uint8Array([99])]);
  expect(workshop.steps).toEqual(["render ab", "settle a"]);
});

test("the ledger is asked to tell how the job ended, which nobody in the queue wants to know", async () => {
  const workshop = new Workshop(toRender("a"));
  const settle = vi.spyOn(workshop.ledger, "settle");
  await laneOf(workshop)();
  await workshop.run();
  expect(settle.mock.calls).toMatchObject([[[{ job: "a", tell: true }]], [[{ job: "a" }]]]);
  expect(settle.mock.calls[1]?.[0][0]).not.toHaveProperty("tell");
});

test("a job that is claimed already is not asked for", async () => {
  const workshop = new Workshop(toRender("a"));
  const [answer] = workshop.answers;
  if (answer?.verdict !== "render") throw new Error("there is nothing to render");
  const claim = { attempt: 3, spec: answer.spec, sinceMillis: limits.leaseFreshMillis - 1 };
  const claimed = await laneOf(workshop)({ claim });
  expect(claimed).toMatchObject({ isKnown: true, renditions: [{ key: "pictures/tnt_x/a/3/0" }] });
  expect(workshop.claims).toEqual([]);
  expect(workshop.steps).toEqual(["load a", "render a", "settle a"]);
  // One that was claimed long ago may not be its any more.
  await laneOf(workshop)({ claim: { ...claim, sinceMillis: limits.leaseFreshMillis } });
  expect(workshop.steps.slice(3)).toEqual(["load a", "begin a/3", "render a", "settle a"]);
});

describe("for a caller that stores and settles", () => {
  const claimOf = (workshop: Workshop, sinceMillis = 0) => {
    const [answer] = workshop.answers;
    if (answer?.verdict !== "render") throw new Error("there is nothing to render");
    return { attempt: 3, spec: answer.spec, sinceMillis };
  };

  test("a job is handed back rendered, with what is to be stored and told", async () => {
    const workshop = new Workshop(toRender("a", { outputs: 2 }));
    const answer = await laneOf(workshop)({ claim: claimOf(workshop), handBack: true });
    const keys = ["pictures/tnt_x/a/3/0", "pictures/tnt_x/a/3/1"];
    const outputs = [{ index: 0, bytes: 2 }, { index: 1 }];
    expect(answer).toMatchObject({
      verdict: "rendered",
      files: keys.map((key, index) => ({
        ...{ key, contentType: "image/webp" },
        bytes: new Uint8Array([97, index]),
      })),
      ended: { job: "a", attempt: 3, tell: true, outcome: { kind: "done", outputs } },
      useless: { lost: keys, discard: [sourceKey("tnt_x", "a"), ...keys] },
    });
    expect(workshop.steps).toEqual(["load a", "render a"]);
    expect(workshop.stored.size).toBe(0);
    expect(workshop.lines).toMatchObject([{ event: "rendered", job: "a", outcome: "done" }]);
  });

  /** The workshop, whose renditions have so many bytes each. */
  function making(bytes: number, outputs = 1): Workshop {
    const workshop = new Workshop(toRender("a", { outputs }));
    const { render } = workshop.ports.engine;
    const large: typeof render = async (...given) => {
      const made = await render(...given);
      for (const each of made.ok ? made.value.renditions : [])
        Object.assign(each, { bytes: new Uint8Array(bytes) });
      return made;
    };
    Object.assign(workshop.ports, { engine: { render: large } });
    return workshop;
  }

  test("as many bytes as a caller may hold are handed back, in all renditions together", async () => {
    const workshop = making(limits.heldBytesMax / 2, 2);
    const answer = await laneOf(workshop)({ claim: claimOf(workshop), handBack: true });
    expect(answer).toMatchObject({ verdict: "rendered", files: [{}, {}] });
    expect(workshop.stored.size).toBe(0);
  });

  test("more are stored and settled here, rendered once, and read from storage", async () => {
    const workshop = making(limits.heldBytesMax / 2 + 1, 2);
    const answer = await laneOf(workshop)({ claim: claimOf(workshop), handBack: true });
    expect(answer).toEqual({ verdict: "ended", isKnown: true, renditions: [] });
    expect(workshop.steps).toEqual(["load a", "render a", "settle a"]);
    expect([...workshop.stored.keys()]).toEqual(["pictures/tnt_x/a/3/0", "pictures/tnt_x/a/3/1"]);
    expect(workshop.lines).toMatchObject([{ outcome: "done" }]);
  });

  test.each([
    ["come with the answer of a consumer that has stored them, up to a bound", 0, 1],
    ["beyond it are read from storage", 1, 0],
  ])("renditions %s", async (_, more, given) => {
    const workshop = making(limits.heldBytesMax + more);
    const answer = await laneOf(workshop)({ claim: claimOf(workshop) });
    expect(answer).toMatchObject({ verdict: "ended", isKnown: true });
    expect(answer).toHaveProperty("renditions.length", given);
    expect(workshop.outcomes.get("a")?.kind).toBe("done");
  });

  test("so is how it failed, with nothing to store", async () => {
    const workshop = new Workshop(toRender("a"));
    workshop.sources.clear();
    const answer = await laneOf(workshop)({ claim: claimOf(workshop), handBack: true });
    const outcome = { kind: "failed", problem: { code: "cancelled" } };
    expect(answer).toMatchObject({ verdict: "rendered", files: [], ended: { outcome } });
  });

  test("one that is another consumer's by now is not rendered", async () => {
    const workshop = new Workshop(toRender("a"));
    workshop.ledger.begin = async () => false;
    const claim = claimOf(workshop, limits.leaseFreshMillis);
    const ended = { verdict: "ended", isKnown: true, renditions: [] };
    expect(await laneOf(workshop)({ claim, handBack: true })).toEqual(ended);
    expect(workshop.steps).toEqual(["load a"]);
  });

  test.each([
    ["its ledger has yet to be asked for", false],
    ["is of a tenant that crowds the others", true],
  ])("one that %s is stored and settled here", async (_, isCrowding) => {
    const workshop = new Workshop(toRender("a"));
    const crowds = (tenant: string) => isCrowding && tenant === "tnt_x";
    Object.assign(workshop.ports, { engine: { ...workshop.ports.engine, crowds } });
    const claimed = isCrowding ? { claim: claimOf(workshop) } : {};
    const answer = await laneOf(workshop)({ ...claimed, handBack: true });
    expect(answer).toMatchObject({ renditions: [{}] });
    expect(workshop.steps).toEqual(["load a", "render a", "settle a"]);
  });

  test("the source of a picture that is kept comes with the call, or else from where it lies", async () => {
    const kept = { source: "originals/tnt_x/b", rendition: "renditions/tnt_x/b/c" };
    const workshop = new Workshop(toRender("a", { kept }));
    const claim = claimOf(workshop);
    const handedBack = { verdict: "rendered", files: [{ key: kept.rendition }] };
    const useless = { lost: [], discard: [kept.rendition] };
    const render = laneOf(workshop);
    const sent = { source: new Uint8Array([98]) };
    const answer = await render({ claim, handBack: true }, sent);
    expect(answer).toMatchObject({ ...handedBack, useless });
    expect(workshop.steps).toEqual(["render b"]);
    workshop.sources.set(kept.source, new Uint8Array([99]));
    expect(await render({ claim, handBack: true })).toMatchObject(handedBack);
    expect(workshop.steps.slice(1)).toEqual(["load b", "render c"]);
  });
});

test("a job that another consumer has gives no bytes, and its ledger knows of it", async () => {
  const workshop = new Workshop({ verdict: "drop", job: "a" });
  expect(await laneOf(workshop)()).toEqual({ verdict: "ended", isKnown: true, renditions: [] });
});

test("what was rendered for a job that is deleted is not given out", async () => {
  const workshop = new Workshop(toRender("a"));
  workshop.verdict = "discard";
  expect(await laneOf(workshop)()).toEqual({ verdict: "ended", isKnown: true, renditions: [] });
});

test("bytes of a job that was put off, because its put seemed to fail, are not given out", async () => {
  const workshop = new Workshop(toRender("a"));
  workshop.verdict = "deferred";
  const answer = await laneOf(workshop)();
  expect(workshop.stored.size).toBe(1);
  expect(answer).toEqual({ verdict: "ended", isKnown: true, renditions: [] });
});

test("nor those of a job that its ledger has ended as failed meanwhile", async () => {
  const workshop = new Workshop(toRender("a"));
  const job = { status: "failed" } as Job;
  const answers = [{ verdict: "settled" as const, job }];
  const settle = async () => answers;
  const answer = await laneOf(workshop, settle)();
  expect(answer).toEqual({ verdict: "ended", isKnown: true, renditions: [], job });
});

test("where the ledger's first answer was lost, the bytes are given out with the job", async () => {
  const workshop = new Workshop(toRender("a"));
  const job = { status: "done" } as Job;
  const answer = await laneOf(workshop, async () => [{ verdict: "already", job }])();
  expect(answer).toMatchObject({ isKnown: true, renditions: [{}], job });
});

test("bytes that no ledger has settled are not given out", async () => {
  const workshop = new Workshop(toRender("a"));
  workshop.ledger.settle = () => Promise.reject(new Error("the ledger is away"));
  expect(await laneOf(workshop)()).toEqual({ verdict: "ended", isKnown: false, renditions: [] });
});

describe("a lane that is full says so at once, and takes jobs again when others have ended", () => {
  test.each([
    ["by their number", limits.expressJobsMax / 2, 1],
    ["by the bytes of their sources", 2, limits.twoSourcesBytesMax / 4],
  ])("%s", async (_, jobs, sourceBytes) => {
    const workshop = new Workshop(toRender("a"));
    const render = laneOf(workshop);
    const running = Array.from({ length: jobs }, () => render({ sourceBytes }));
    expect(await render({ sourceBytes })).toEqual({ verdict: "busy" });
    const ended = await Promise.all(running);
    expect(ended.map(({ verdict }) => verdict)).toEqual(running.map(() => "ended"));
    expect((await render()).verdict).toBe("ended");
  });

  test("a picture of all the bytes that a lane may hold is taken while nothing else is there", async () => {
    const render = laneOf(new Workshop(toRender("a")));
    const answer = await render({ sourceBytes: limits.twoSourcesBytesMax });
    expect(answer.verdict).toBe("ended");
  });

  /** A lane whose jobs never end; how many of so many each tenant gets into it. */
  function endless() {
    const workshop = new Workshop(toRender("a"));
    const claim = () => new Promise<never>(() => undefined);
    Object.assign(workshop.ports, { ledger: () => ({ ...workshop.ledger, claim }) });
    const render = laneOf(workshop);
    return async (tenant: string, jobs: number = limits.expressJobsMax) => {
      const asked = Array.from({ length: jobs }, () => render({ ledger: `${tenant}/local/0` }));
      const busy = await Promise.all(
        asked.map((answer) => Promise.race([answer, Promise.resolve(null)])),
      );
      return busy.filter((answer) => answer?.verdict !== "busy").length;
    };
  }

  test("one tenant's jobs leave room for another's, and each gets as much as is left free", async () => {
    const taken = endless();
    const shares = [];
    for (const tenant of ["tnt_a", "tnt_b", "tnt_c"]) shares.push(await taken(tenant));
    const half = limits.expressJobsMax / 2;
    expect(shares).toEqual([half, half / 2, half / 4]);
  });

  test("a tenant gets exactly as much as it leaves free beside the one job of another", async () => {
    const taken = endless();
    expect(await taken("tnt_a", 1)).toBe(1);
    expect(await taken("tnt_b")).toBe(limits.expressJobsMax / 2);
  });

  test("also when their renders fail", async () => {
    const workshop = new Workshop(toRender("a"));
    workshop.sources.delete(sourceKey("tnt_x", "a"));
    const render = laneOf(workshop);
    for (let times = 0; times <= limits.expressJobsMax; times++) {
      expect((await render()).verdict).toBe("ended");
    }
  });
});
