import { beforeEach, describe, expect, test, vi } from "vitest";
import { accepted, type Progress } from "../../../../core/ledger/progress.ts";
import { limits } from "../../../../core/limits.ts";
import { OpenJobs } from "../../../../durable-objects/ledger/jobs/open-jobs.ts";
import { LedgerWorld } from "../ledger-world.ts";

/** How far the jobs have come that are not settled. */
let open: OpenJobs;
beforeEach(() => {
  open = new OpenJobs(new LedgerWorld().storage.sql);
});

const add = (id: string, progress: Partial<Progress> = {}, createdAt = 1000) =>
  open.add(id, { progress: { ...accepted(1000), ...progress }, createdAt });

describe("the first that is due", () => {
  test("is none where nothing is open, and the earliest where something is", () => {
    expect(open.earliestDue()).toBeNull();
    add("b", { due: 300 });
    add("a", { due: 200 });
    expect(open.earliestDue()).toBe(200);
    add("c", { due: 100 });
    expect(open.earliestDue()).toBe(100);
    add("d", { due: 400 });
    expect(open.earliestDue()).toBe(100);
  });

  test("is never told late, and after a look it is exact", () => {
    add("a", { due: 100 });
    add("b", { due: 200 });
    expect(open.earliestDue()).toBe(100);
    open.delete("a");
    expect(open.earliestDue()).toBeLessThanOrEqual(200);
    open.overdue(0, 1000, 10);
    expect(open.earliestDue()).toBe(200);
    open.delete("b");
    expect(open.earliestDue()).toBeNull();
    add("c", { due: 900 });
    expect(open.earliestDue()).toBe(900);
  });

  test("is not looked for again among all others each time that a job ends", () => {
    const looks = vi.fn<() => number>(() => 200);
    const progress = Object.defineProperty({ ...accepted(1000) }, "due", { get: looks });
    open.add("looked at", { progress, createdAt: 1000 });
    for (const id of ["a", "b", "c"]) add(id, { due: 100 });
    open.earliestDue();
    looks.mockClear();
    for (const id of ["a", "b", "c"]) {
      open.delete(id);
      open.earliestDue();
    }
    expect(looks).not.toHaveBeenCalled();
  });
});

test("what is due exactly at the latest time is not beyond it", () => {
  add("a", { due: 500 });
  expect(open.overdue(100, 500, 10)).toEqual([]);
  expect(open.overdue(100, 499, 10)).toEqual(["a"]);
  expect(open.overdue(500, 500, 10)).toEqual(["a"]);
});

test("those wait that nobody has taken and whose message was sent by then", () => {
  add("waits", { sentAt: 50 });
  add("sent later", { sentAt: 51 });
  add("not sent", { sentAt: null });
  add("taken", { sentAt: 50, status: "running" });
  add("waits too", { sentAt: 40 });
  expect(open.waitingSince(50, 10)).toEqual(["waits", "waits too"]);
  expect(open.waitingSince(50, 1)).toEqual(["waits"]);
});

test("the oldest is told by when it was created, whichever came first", () => {
  expect(open.oldestAt()).toBeNull();
  add("b", {}, 700);
  add("a", {}, 600);
  add("c", {}, 800);
  expect(open.oldestAt()).toBe(600);
  expect(open.count()).toBe(3);
});

test("a job that is not open is not advanced to be so", () => {
  add("a");
  open.delete("a");
  open.advance("a", accepted(2000));
  expect(open.progress("a")).toBeNull();
  expect(open.count()).toBe(0);
});

test("begun again, each has at least as long as a new one and numbers of claims that nobody has had", () => {
  add("short", { deadline: 10, claims: 2 });
  add("long", { deadline: 90, claims: 0 });
  open.renew(50);
  const claims = limits.claimsForgottenMax;
  expect(open.progress("short")).toMatchObject({ deadline: 50, claims: claims + 2 });
  expect(open.progress("long")).toMatchObject({ deadline: 90, claims });
});
