import { beforeEach, describe, expect, test } from "vitest";
import { outputKey, sourceKey } from "../../../../core/job/picture-key.ts";
import { limits } from "../../../../core/limits.ts";
import { problem } from "../../../../core/problem.ts";
import { done, LedgerWorld } from "../ledger-world.ts";

/** Which pictures a job shows, and that nothing else of it stays. */
let world: LedgerWorld;
let job: string;
beforeEach(() => {
  world = new LedgerWorld();
  job = world.accept({ spec: { ...spec, transforms: [transform] } });
  put(source);
});

const transform = {} as never;
const spec = {
  source: { bytes: 10, width: 2, height: 1, format: "png" as const },
  computeUnits: 5,
};
const tenant = "tnt_x";
/** All that lies in the bucket, except for the marks of deletions. */
const pictures = () => world.pictures.keys().filter((key) => !key.startsWith("deleted/"));
const put = (key: () => string) => void world.pictures.put(key(), "bytes");
const source = () => sourceKey(tenant, job);
const rendition = (attempt: number | null) => () => outputKey(tenant, job, attempt, 0);
const take = (redelivered = false) => {
  const [claim] = world.ledger.claim([{ job, redelivered }], true);
  if (claim?.verdict !== "render" || !claim.attempt) throw new Error("not given out");
  put(rendition(claim.attempt));
  return claim.attempt;
};
const settle = (attempt: number) => world.ledger.settle([{ job, outcome: done, attempt }])[0];
const shown = async () => (await world.ledger.wait(job, 0))?.outputs.map(({ key }) => key);

describe("of two consumers that render a job", () => {
  test("the first to settle wins, and the other is told that it lost, however often it asks", async () => {
    const [first, second] = [take(), take(true)];
    expect(settle(first)).toBe("settled");
    expect(settle(second)).toBe("lost");
    expect(settle(second)).toBe("lost");
    expect(settle(first)).toBe("already");
    expect(await shown()).toEqual([rendition(first)()]);
  });

  test("what the loser left, even late, is removed, and the winner's stays", async () => {
    const [first, second] = [take(), take(true)];
    settle(second);
    put(rendition(null));
    await world.ring(limits.lateWriteMillisMax - 1);
    expect(world.pictures.keys()).toContain(rendition(first)());
    await world.ring(1);
    expect(world.pictures.keys()).toEqual([rendition(second)(), source()].toSorted());
    expect(await shown()).toEqual([rendition(second)()]);
  });
});

test("a consumer from before attempts were numbered shows what it wrote", async () => {
  take();
  put(rendition(null));
  expect(world.ledger.settle([{ job, outcome: done }])).toEqual(["settled"]);
  await world.ring(limits.lateWriteMillisMax);
  expect(await shown()).toEqual([rendition(null)()]);
  expect(world.pictures.keys()).toEqual([rendition(null)(), source()].toSorted());
});

test("a job that fails leaves no rendition, whatever its consumers call it", async () => {
  take();
  put(rendition(null));
  await world.ring(limits.jobDeadlineMillis + limits.lateWriteMillisMax);
  expect(await world.ledger.read(job)).toMatchObject({ status: "failed", outputs: [] });
  expect(world.pictures.keys()).toEqual([source()]);
});

test("a job whose consumer says that it failed leaves no rendition of that consumer", async () => {
  const attempt = take();
  const outcome = { kind: "failed", problem: problem("corrupt-image", "Broken.") } as const;
  world.ledger.settle([{ job, outcome, attempt }]);
  await world.ring(limits.lateWriteMillisMax);
  expect(world.pictures.keys()).toEqual([source()]);
});

test("a job that one consumer took and settled is swept by nobody", async () => {
  settle(take());
  world.pictures.before = (call) => {
    if (call === "delete") throw new Error("swept");
  };
  await world.ring(2 * limits.lateWriteMillisMax);
  expect(world.events("alarm-duty-failed")).toEqual([]);
});

test("a job that failed before any consumer took it is swept by nobody", async () => {
  const id = world.accept({ held: true, holdMillis: 5000 });
  await world.ring(5000);
  expect(await world.ledger.read(id)).toMatchObject({ error: { code: "interrupted" } });
  expect(world.rows(`SELECT sweep_at FROM jobs WHERE id = '${id}'`)).toEqual([{ sweep_at: null }]);
});

describe("a deleted job", () => {
  test("is gone at once, and so is what its consumer writes afterwards", async () => {
    const attempt = take();
    expect(await world.ledger.remove(job)).toBe(true);
    expect(pictures()).toEqual([]);
    expect(await world.ledger.read(job)).toBeNull();
    put(rendition(attempt));
    expect(world.ledger.begin({ job, attempt }, false)).toBe(false);
    expect(settle(attempt)).toBe("discard");
    await world.ring(limits.lateWriteMillisMax);
    expect(pictures()).toEqual([]);
  });

  test("that was done long ago is swept once", async () => {
    settle(take());
    await world.ring(limits.lateWriteMillisMax);
    await world.ledger.remove(job);
    expect(pictures()).toEqual([]);
    expect(world.rows(`SELECT id FROM jobs WHERE sweep_at IS NOT NULL`)).toEqual([]);
  });

  test("goes later when storage does not answer, and is hidden at once all the same", async () => {
    settle(take());
    world.pictures.before = () => Promise.reject(new Error("away"));
    expect(await world.ledger.remove(job)).toBe(true);
    expect(await world.ledger.read(job)).toBeNull();
    expect(world.events("pictures-not-deleted")).toMatchObject([{ job, cause: "Error: away" }]);
    expect(world.pictures.keys()).not.toEqual([]);
    world.pictures.before = () => undefined;
    await world.ring(limits.alarmRetryMillis);
    expect(pictures()).toEqual([]);
  });

  test("that is not known is not found", async () => {
    expect(await world.ledger.remove("job_local_0_unknown")).toBe(false);
  });
});

test("pictures and row leave after the retention, every attempt's", async () => {
  take();
  settle(take(true));
  await world.ring(limits.lateWriteMillisMax);
  put(rendition(1));
  await world.ring(limits.jobRetentionMillis);
  expect(pictures()).toEqual([]);
  expect(world.rows(`SELECT id FROM jobs`)).toEqual([]);
});

test("of what was asked for a settled job keeps how it was counted, and not the transforms", () => {
  const each = { ...spec, v: 2, unitsVersion: 3, transforms: [transform, transform] };
  world.finish(world.accept({ spec: each }));
  const [row] = world.rows<{ spec: string }>(`SELECT spec FROM jobs ORDER BY id DESC LIMIT 1`);
  expect(JSON.parse(row?.spec ?? "")).toEqual({ ...each, transforms: [], outputs: 2 });
});
