import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { limits } from "../../../../core/limits.ts";
import { UploadLine } from "../../../../workers/api/admission/upload-line.ts";

/** Whether each turn finds the thread idle. */
const thread = vi.hoisted(() => ({ isIdle: true }));
vi.mock("../../../../core/idle.ts", () => ({ untilIdle: async () => thread.isIdle }));

const { turnsAtOnceFirst, turnsAtOnceMin, takeInMillis, turnMillisMax } = limits;
/** What a tenant has of the turns at first. */
const ownFirst = turnsAtOnceFirst / 2;

let line: UploadLine;
let begun: string[];
let end: (() => void)[];

beforeEach(() => {
  vi.useFakeTimers();
  thread.isIdle = true;
  line = new UploadLine();
  begun = [];
  end = [];
});
afterEach(() => {
  vi.useRealTimers();
});

/** So many stand in line; the turn of each lasts until `end` is called for it. */
function stand(tenant: string, count = 1): Promise<void> {
  for (let each = 0; each < count; each++) {
    const work = () => {
      begun.push(tenant);
      return new Promise<void>((resolve) => end.push(resolve));
    };
    void line.inTurn(tenant, work);
  }
  return settle();
}

/** Whose turn it is begins. */
async function settle(): Promise<void> {
  for (let tick = 0; tick < 20; tick++) await Promise.resolve();
}
async function endOne(): Promise<void> {
  end.shift()?.();
  await settle();
}
async function endAll(): Promise<void> {
  while (end.length > 0) await endOne();
}

/** So many pictures, one after another. */
async function inTurn(count: number): Promise<void> {
  for (let each = 0; each < count; each++) {
    await stand("alone");
    await endAll();
    vi.setSystemTime(Date.now() + takeInMillis + 1);
  }
}

async function atOnce(): Promise<number> {
  begun = [];
  await stand("alone", limits.turnsAtOnceMax);
  return begun.length;
}

test("a tenant has half of the turns, and another one its own at once", async () => {
  await stand("greedy", turnsAtOnceFirst);
  expect(begun).toHaveLength(ownFirst);
  await stand("quiet");
  expect(begun).toContain("quiet");
});

test("tenants take turns: one that comes after the bursts of others waits for one of each", async () => {
  const greedy = ["a", "b", "c", "d", "e", "f", "g"];
  for (const tenant of greedy) void stand(tenant, 20);
  await stand("quiet");
  expect(begun).not.toContain("quiet");
  begun = [];
  while (!begun.includes("quiet")) await endOne();
  expect(begun.indexOf("quiet")).toBeLessThanOrEqual(greedy.length);
});

test("fewer have their turn while the thread is busy, and more again when it does not", async () => {
  thread.isIdle = false;
  await inTurn(8);
  expect(await atOnce()).toBe(turnsAtOnceMin / 2);
  await endAll();
  thread.isIdle = true;
  // A few at a time would have gone as well whatever the pace, so that it stays.
  await inTurn(3 * turnsAtOnceFirst);
  expect(await atOnce()).toBeLessThan(ownFirst);
  await endAll();
  expect(await atOnce()).toBeGreaterThan(ownFirst);
});

test("the same while what is stored takes long", async () => {
  const storing = line.storing(() => new Promise<void>((resolve) => end.push(resolve)));
  vi.setSystemTime(Date.now() + takeInMillis + 1);
  end.shift()?.();
  await storing;
  expect(await atOnce()).toBe(ownFirst / 2);
});

test("what is stored in time makes nobody wait", async () => {
  vi.setSystemTime(1_000_000);
  const storing = line.storing(() => new Promise<void>((resolve) => end.push(resolve)));
  vi.setSystemTime(Date.now() + takeInMillis);
  end.shift()?.();
  await storing;
  expect(await atOnce()).toBe(ownFirst);
});

test("who waits has the turn of one that is over, though nobody else comes", async () => {
  thread.isIdle = false;
  await stand("dead", ownFirst + 1);
  await vi.advanceTimersByTimeAsync(2 * turnMillisMax - 1);
  expect(begun).toHaveLength(ownFirst);
  await vi.advanceTimersByTimeAsync(1);
  expect(begun).toHaveLength(ownFirst + 1);
  expect(line.isLong("dead", Date.now())).toBe(false);
});

test("who has waited as long as anybody may begins without a turn, and is not in the line any more", async () => {
  const count = 100;
  await stand("slow", count);
  await vi.advanceTimersByTimeAsync(limits.lineMillisMax - 1);
  expect(begun.length).toBeLessThan(count);
  expect(line.isWaitedIn("slow")).toBe(true);
  await vi.advanceTimersByTimeAsync(1);
  expect(begun).toHaveLength(count);
  expect(line.isLong("slow", Date.now())).toBe(false);
  await endAll();
  expect(line.isWaitedIn("slow")).toBe(false);
  expect(line.isLong("slow", Date.now())).toBe(false);
});

test("one that leaves the line leaves the others of its tenant in it", async () => {
  thread.isIdle = false;
  await stand("slow", 40);
  await vi.advanceTimersByTimeAsync(1000);
  await stand("slow", 400);
  await vi.advanceTimersByTimeAsync(limits.lineMillisMax - 1000);
  expect(begun.length).toBeLessThan(440);
  expect(line.isWaitedIn("slow")).toBe(true);
  await endAll();
  expect(begun).toHaveLength(440);
});

test("a picture would wait where its tenant's turns are taken, or others of it wait", async () => {
  expect(line.isWaitedIn("greedy")).toBe(false);
  await stand("greedy", turnsAtOnceFirst);
  expect(line.isWaitedIn("greedy")).toBe(true);
  expect(line.isWaitedIn("quiet")).toBe(false);
});

test("a tenant whose pictures wait too long is told from one whose do not", async () => {
  await stand("greedy", ownFirst + 1);
  vi.setSystemTime(Date.now() + limits.lineLongMillis);
  expect(line.isLong("greedy", Date.now())).toBe(false);
  expect(line.isLong("greedy", Date.now() + 1)).toBe(true);
  expect(line.isLong("quiet", Date.now() + 1)).toBe(false);
  end.shift()?.();
  await settle();
  expect(line.isLong("greedy", Date.now() + 1)).toBe(false);
});

test("a turn counts no longer than this thread can be what it waits for", async () => {
  await stand("slow", 3 * turnsAtOnceFirst);
  expect(begun).toHaveLength(ownFirst);
  begun = [];
  vi.setSystemTime(Date.now() + turnMillisMax + 1);
  await stand("slow");
  // As if nothing were under way, and one more, since all that it may have went well.
  expect(begun).toHaveLength(ownFirst + 1);
});

test("nobody waits for ever, whatever became of those before", async () => {
  await stand("dead", ownFirst);
  await stand("alive");
  await stand("dead", ownFirst);
  await vi.advanceTimersByTimeAsync(limits.lineMillisMax);
  expect(begun).toContain("alive");
});

test("a tenant is not refused for pictures whose requests died in the line", async () => {
  // Of a request that died no timer rings and no turn ends.
  vi.useFakeTimers({ toFake: ["Date"] });
  const timer = vi.spyOn(globalThis, "setTimeout").mockReturnValue(0 as never);
  await stand("dead", turnsAtOnceFirst);
  timer.mockRestore();
  const later = Date.now() + limits.lineLongMillis + 1;
  expect(line.isLong("dead", later)).toBe(true);
  expect(line.isLong("dead", later + limits.lineMillisMax)).toBe(false);
});
