import { expect, test } from "vitest";
import { LaneQueues } from "../../../../durable-objects/ledger/delivery/lane-queues.ts";
import { limits } from "../../../../core/limits.ts";
import { HeldQueue } from "../held-queue.ts";

/** A lane of three queues that a test can break, and the clock. */
function lane() {
  const queues = [new HeldQueue(), new HeldQueue(), new HeldQueue()];
  const clock = { now: 0 };
  const quiet = { info() {}, warn() {}, error() {} };
  const host = { now: () => clock.now, timers: globalThis, log: quiet };
  const unsent: string[] = [];
  const lane = new LaneQueues(queues, host, (some) => unsent.push(...some.map(({ job }) => job)));
  return { queues, clock, lane, unsent };
}

const jobs = Array.from({ length: 300 }, (_, number) => `job_${number}`);
const message = (job: string) => ({ version: 1, ledger: "tnt_x/local/0", job }) as const;

test("jobs are spread over the tenant's queues, each always to the same one", () => {
  const { lane: some } = lane();
  const counts = some.all.map(
    (queue) => jobs.filter((job) => some.queueOf(job, 0) === queue).length,
  );
  for (const count of counts) expect(count).toBeGreaterThan(70);
});

test("a job that is sent again goes to the next queue, until it has been to all", () => {
  const { lane: some } = lane();
  const visited = [0, 1, 2].map((resends) => some.queueOf("job_1", resends));
  expect(new Set(visited).size).toBe(3);
  expect(some.queueOf("job_1", 3)).toBe(visited[0]);
});

test("a queue that takes no messages is passed over for a while", async () => {
  const { lane: some, queues, clock, unsent } = lane();
  const out = some.queueOf("job_1", 0);
  queues[some.all.indexOf(out)]!.down = true;
  out.send([message("job_1")]);
  await expect.poll(() => unsent).toEqual(["job_1"]);
  expect(some.queueOf("job_1", 0)).toBe(some.queueOf("job_1", 1));
  clock.now += limits.queuePauseMillis;
  expect(some.queueOf("job_1", 0)).toBe(out);
});

test("a job that went to another queue is looked for there, also when its own takes messages again", async () => {
  const { lane: some, queues, clock, unsent } = lane();
  const own = some.queueOf("job_1", 0);
  const other = some.queueOf("job_1", 1);
  queues[some.all.indexOf(own)]!.down = true;
  some.send(message("job_1"), 0);
  await expect.poll(() => unsent).toEqual(["job_1"]);
  some.send(message("job_1"), 0);
  expect(queues[some.all.indexOf(other)]!.sent).toEqual(["job_1"]);
  clock.now += limits.queuePauseMillis;
  expect(some.queueOf("job_1", 0)).toBe(other);
  expect(some.queueOf("job_2", 0)).not.toBe(undefined);
  queues[some.all.indexOf(own)]!.down = false;
  some.send(message("job_1"), 0);
  expect(some.queueOf("job_1", 0)).toBe(own);
});

test("of such jobs as many are remembered as a queue may hold, however many go to their own queues", async () => {
  const { lane: some, queues, clock, unsent } = lane();
  const own = some.queueOf("job_1", 0);
  const other = some.queueOf("job_1", 1);
  const candidates = Array.from({ length: 4 * limits.dispatchHeldMax }, (_, n) => `job_more_${n}`);
  const elsewhere = candidates.filter((job) => some.queueOf(job, 0) === own);
  const [last = ""] = elsewhere.slice(limits.dispatchHeldMax - 1);
  queues[some.all.indexOf(own)]!.down = true;
  some.send(message("job_1"), 0);
  await expect.poll(() => unsent).toEqual(["job_1"]);
  some.send(message("job_1"), 0);
  for (const job of candidates.slice(0, candidates.indexOf(last))) some.send(message(job), 0);
  clock.now += limits.queuePauseMillis - 1;
  const lookedFor = () => {
    clock.now += 1;
    const found = some.queueOf("job_1", 0);
    clock.now -= 1;
    return found;
  };
  expect(lookedFor()).toBe(other);
  some.send(message(last), 0);
  expect(lookedFor()).toBe(own);
});

test("what is remembered of such jobs is bounded", async () => {
  const { lane: some, queues, unsent, clock } = lane();
  const own = some.queueOf("job_1", 0);
  queues[some.all.indexOf(own)]!.down = true;
  some.send(message("job_1"), 0);
  await expect.poll(() => unsent).toEqual(["job_1"]);
  some.send(message("job_1"), 0);
  for (let more = 0; more < 2 * limits.dispatchHeldMax * some.all.length; more++) {
    some.send(message(`job_more_${more}`), 0);
  }
  clock.now += limits.queuePauseMillis;
  expect(some.queueOf("job_1", 0)).toBe(own);
});
