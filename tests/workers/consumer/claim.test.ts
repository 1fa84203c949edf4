import { expect, test } from "vitest";
import { claimJobs } from "../../../workers/consumer/claim.ts";
import { ledger, toRender, Workshop } from "./workshop.ts";

const batch = { alone: false };

test("a ledger is asked once for all of its jobs, with what the queue says of each message", async () => {
  const workshop = new Workshop(toRender("a"), toRender("b"));
  const messages = [workshop.message("a"), workshop.message("b", { attempts: 2 })];
  await claimJobs(messages, workshop.ports, { alone: true });
  expect(workshop.claims).toEqual([
    {
      alone: true,
      asked: [
        { job: "a", redelivered: false, sentAt: 5000 },
        { job: "b", redelivered: true, sentAt: 5000 },
      ],
    },
  ]);
});

test("a job that wants work is claimed from then on, with its tenant and its claim's number", async () => {
  const answer = toRender("a", { awaited: true, attempt: 3 });
  const workshop = new Workshop(answer);
  const message = workshop.message("a");
  const [job] = await claimJobs([message], workshop.ports, batch);
  expect(job).toEqual({
    id: "a",
    ledger,
    tenant: "tnt_x",
    spec: answer.verdict === "render" && answer.spec,
    awaited: true,
    attempt: 3,
    claimedAt: workshop.now,
    message,
  });
  expect(workshop.steps).toEqual([]);
});

test("a ledger of before claims had numbers gives none", async () => {
  const workshop = new Workshop(toRender("a", { attempt: null }));
  const [job] = await claimJobs([workshop.message("a")], workshop.ports, batch);
  expect(job?.attempt).toBeNull();
});

test("what needs no render is acknowledged", async () => {
  const workshop = new Workshop({ verdict: "drop", job: "a" });
  expect(await claimJobs([workshop.message("a")], workshop.ports, batch)).toEqual([]);
  expect(workshop.steps).toEqual(["ack a"]);
});

test("what a ledger does not answer about is acknowledged: it sends it again if need be", async () => {
  const workshop = new Workshop();
  await claimJobs([workshop.message("a")], workshop.ports, batch);
  expect(workshop.steps).toEqual(["ack a"]);
});

test("a message that cannot be read is logged and acknowledged, and its neighbours are claimed", async () => {
  const workshop = new Workshop(toRender("b"));
  const odd = workshop.message("a", { body: { version: 9 } });
  const jobs = await claimJobs([odd, workshop.message("b")], workshop.ports, batch);
  expect(jobs.map(({ id }) => id)).toEqual(["b"]);
  expect(workshop.steps).toEqual(["message-unreadable", "ack a"]);
});

test("a dangerous job is handed to the queue of those that are rendered alone, then acknowledged", async () => {
  const workshop = new Workshop({ verdict: "isolate", job: "a" }, toRender("b"));
  const messages = [workshop.message("a"), workshop.message("b")];
  const jobs = await claimJobs(messages, workshop.ports, batch);
  expect(jobs.map(({ id }) => id)).toEqual(["b"]);
  expect(workshop.steps).toEqual(["solo a", "ack a"]);
});

test("when that queue is away the message comes back, and its neighbours go on", async () => {
  const workshop = new Workshop({ verdict: "isolate", job: "a" }, toRender("b"));
  workshop.ports.solo.send = async () => Promise.reject(new Error("away"));
  const messages = [workshop.message("a"), workshop.message("b")];
  const jobs = await claimJobs(messages, workshop.ports, batch);
  expect(jobs.map(({ id }) => id)).toEqual(["b"]);
  expect(workshop.steps).toEqual(["isolate-failed", "retry a in 3 s"]);
});

test("when a ledger is away its messages come back, and other ledgers' jobs are claimed", async () => {
  const workshop = new Workshop(toRender("b"));
  const elsewhere = { version: 1, ledger: "tnt_y/local/0", job: "a" };
  const messages = [workshop.message("a", { body: elsewhere }), workshop.message("b")];
  const jobs = await claimJobs(messages, workshop.ports, batch);
  expect(jobs.map(({ id }) => id)).toEqual(["b"]);
  expect(workshop.steps).toEqual(["claim-failed", "retry a in 3 s"]);
});
