import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Outcome } from "../../../../core/job/job.ts";
import { limits } from "../../../../core/limits.ts";
import { renderAndSettle } from "../../../../workers/api/admission/settle-rendered.ts";
import type { ExpressAnswer, ExpressAsk, SentFiles } from "../../../../core/job/express-calls.ts";
import { AskedLedger, name } from "./asked-ledger.ts";

const bytes = new Uint8Array([1, 2, 3]);
const file = { key: "pictures/tnt_x/job/1/0", contentType: "image/webp", bytes };
const outcome: Outcome = { kind: "failed", problem: { code: "corrupt-image" } as never };
const spent = { waited: 2, render: 14, store: 0 };
const job = "job_local_0_01m8gv961zz660awcev9t0j8nx";
const ended = { job, attempt: 1, outcome, spent, tell: true } as const;
const useless = { discard: ["of a deleted job"], lost: ["of a late attempt"] };
const rendered: ExpressAnswer = { verdict: "rendered", files: [file], ended, useless };
const tag = { httpEtag: '"1"' };
const rendition = { key: file.key, bytes, etag: '"1"' };
const done = { id: job, status: "done" };

let ledger: AskedLedger;
let steps: unknown[];
let put: () => Promise<{ httpEtag: string }>;
let remove: () => Promise<void>;

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(console, "warn").mockReturnValue();
  ledger = new AskedLedger();
  steps = [];
  put = async () => ({ httpEtag: '"1"' });
  remove = async () => undefined;
  const pictures = {
    put: (...given: unknown[]) => {
      steps.push(["put", ...given]);
      return put();
    },
    delete: (keys: string[]) => {
      steps.push(["delete", keys]);
      return remove();
    },
  };
  Object.assign(ledger.call.env, { PICTURES_LOCAL: pictures });
});
afterEach(() => void vi.useRealTimers());

const sent = { source: new Uint8Array([9]) };

function renderOver(render: (ask: ExpressAsk) => Promise<ExpressAnswer>) {
  const renderSent = (ask: ExpressAsk, files: SentFiles) => {
    expect(files).toBe(sent);
    return render(ask);
  };
  Object.assign(ledger.call.env, { EXPRESS: { renderSent } });
  return renderAndSettle(ledger.call, { ledger: name, job, sourceBytes: 1 }, sent);
}

function ending(answer = rendered) {
  const render = async (ask: ExpressAsk) => {
    steps.push(ask);
    return answer;
  };
  return renderOver(render);
}

test("what comes back rendered is stored, then settled, and only then given out", async () => {
  ledger.answers = [[{ verdict: "settled", job: done }]];
  put = async () => {
    expect(ledger.asked).toEqual([]);
    vi.setSystemTime(Date.now() + 30);
    return { httpEtag: '"1"' };
  };
  const answer = await ending();
  expect(answer).toEqual({ verdict: "ended", isKnown: true, renditions: [rendition], job: done });
  expect(steps).toEqual([
    { ledger: name, job, sourceBytes: 1, handBack: true },
    ["put", file.key, bytes, { httpMetadata: { contentType: "image/webp" } }],
  ]);
  const settling = { ...ended, spent: { ...spent, store: 30 } };
  expect(ledger.asked).toEqual([{ ledger: name, call: "settle", given: [[settling]] }]);
});

test("it goes on although the client is gone, and a lane that fails does so once", async () => {
  ledger.answers = [["settled"]];
  const answer = ending();
  expect(ledger.background).toHaveLength(1);
  expect(await answer).toMatchObject({ renditions: [rendition] });
  const broken = renderOver(() => Promise.reject(new Error("it ended")));
  await expect(broken).rejects.toThrow("it ended");
  await Promise.all(ledger.background);
});

test.each<ExpressAnswer>([
  { verdict: "busy" },
  { verdict: "ended", isKnown: true, renditions: [rendition] },
])("a consumer that says $verdict has done what there was to do", async (answer) => {
  expect(await ending(answer)).toBe(answer);
  expect(steps).toHaveLength(1);
  expect(ledger.asked).toEqual([]);
});

test("a put that fails is made once more, soon, and the job is not put off for it", async () => {
  ledger.answers = [[{ verdict: "settled", job: done }]];
  let puts = 0;
  put = () => (++puts === 1 ? Promise.reject(new Error("R2 blinked")) : Promise.resolve(tag));
  const answer = ending();
  await vi.advanceTimersByTimeAsync(2 * limits.objectRetryMillis);
  expect(await answer).toMatchObject({ isKnown: true, renditions: [rendition], job: done });
  expect(puts).toBe(2);
  expect(steps.slice(1)).toEqual([
    ["put", file.key, bytes, { httpMetadata: { contentType: "image/webp" } }],
    ["put", file.key, bytes, { httpMetadata: { contentType: "image/webp" } }],
  ]);
  expect(ledger.asked).toMatchObject([{ given: [[{ outcome }]] }]);
});

test("an outage is met with few more calls", async () => {
  ledger.answers = [["deferred"]];
  let puts = 0;
  put = () => Promise.reject(new Error(`R2 is down, ${++puts}`));
  const jobs = 30;
  const all = Array.from({ length: jobs }, () => ending());
  await vi.advanceTimersByTimeAsync(2 * limits.objectRetryMillis);
  await Promise.all(all);
  expect(puts).toBeGreaterThan(jobs);
  expect(puts).toBeLessThanOrEqual(jobs + limits.retriesHeldMax);
});

test.each([
  ["fails", () => Promise.reject(new Error("R2 is down"))],
  ["does not answer", () => new Promise<never>(() => undefined)],
])("where storage %s, the job is put off, and nothing is given out", async (_, failing) => {
  put = failing;
  ledger.answers = [[{ verdict: "deferred", job: { id: job, status: "accepted" } }]];
  const answer = ending();
  await vi.advanceTimersByTimeAsync(limits.storageMillisMax);
  expect(await answer).toMatchObject({ verdict: "ended", isKnown: true, renditions: [] });
  expect(ledger.asked).toMatchObject([
    {
      given: [
        [
          {
            job,
            attempt: 1,
            outcome: { kind: "deferred", cause: expect.stringContaining("not stored") },
          },
        ],
      ],
    },
  ]);
});

test.each([
  ["discard", useless.discard],
  ["lost", useless.lost],
] as const)("where the ledger says %s, what is useless goes", async (verdict, keys) => {
  ledger.answers = [[verdict]];
  expect(await ending()).toEqual({ verdict: "ended", isKnown: true, renditions: [] });
  expect(steps.at(-1)).toEqual(["delete", keys]);
});

test("what cannot be removed stays, and nothing is asked where there is nothing to remove", async () => {
  ledger.answers = [["lost"]];
  const none = { ...rendered, useless: { discard: [], lost: [] } };
  expect(await ending(none)).toMatchObject({ isKnown: true, renditions: [] });
  expect(steps).toHaveLength(2);
  remove = () => Promise.reject(new Error("R2 is down"));
  expect(await ending()).toMatchObject({ isKnown: true, renditions: [] });
});

test.each([
  ["settled, as an older ledger says it", "settled", true],
  ["settled before, when the answer was lost", { verdict: "already", job: done }, true],
  ["put off", { verdict: "deferred", job: done }, false],
  ["failed meanwhile", { verdict: "settled", job: { ...done, status: "failed" } }, false],
])("renditions of a job that is %s are given out: only if it is done", async (_, said, isGiven) => {
  ledger.answers = [[said]];
  expect(await ending()).toMatchObject({ isKnown: true, renditions: isGiven ? [rendition] : [] });
});

test("where the ledger does not answer, nobody knows how it ended, and nothing is given out", async () => {
  ledger.answers = [() => Promise.reject(new Error("away"))];
  expect(await ending()).toEqual({ verdict: "ended", isKnown: false, renditions: [] });
});
