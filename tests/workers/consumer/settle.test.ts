import { expect, test } from "vitest";
import type { JobUsage, Outcome } from "../../../core/job/job.ts";
import { claimJobs } from "../../../workers/consumer/claim.ts";
import { Settlements } from "../../../workers/consumer/settle.ts";
import { toRender, Workshop } from "./workshop.ts";

const outcome: Outcome = { kind: "deferred", cause: "as told" };
const spent = { waited: 1, render: 2, store: 3 };
const done: Outcome = { kind: "done", outputs: [], usage: {} as JobUsage };

async function settle(workshop: Workshop, ended = outcome): Promise<void> {
  const messages = workshop.answers.map(({ job }) => workshop.message(job));
  const settlements = new Settlements(workshop.ports);
  for (const job of await claimJobs(messages, workshop.ports, { alone: false }))
    settlements.add(job, ended, spent);
  settlements.send();
  await settlements.finished();
}

test("an outcome is told with the number of its claim and its times", async () => {
  const workshop = new Workshop(toRender("a", { attempt: 3 }));
  let told: unknown;
  workshop.ledger.settle = async (ended) => {
    told = ended;
    return ["settled"];
  };
  await settle(workshop);
  expect(told).toEqual([{ job: "a", outcome, spent, attempt: 3 }]);
});

test("and without one where claims have none", async () => {
  const workshop = new Workshop(toRender("a", { attempt: null }));
  let told: unknown;
  workshop.ledger.settle = async (ended) => {
    told = ended;
    return ["settled"];
  };
  await settle(workshop);
  expect(told).toStrictEqual([{ job: "a", outcome, spent }]);
});

test("what was sent is not sent again", async () => {
  const workshop = new Workshop(toRender("a"), toRender("b"));
  const messages = [workshop.message("a"), workshop.message("b")];
  const [a, b] = await claimJobs(messages, workshop.ports, { alone: false });
  const settlements = new Settlements(workshop.ports);
  if (!a || !b) throw new Error("two jobs were claimed");
  settlements.add(a, outcome, spent);
  settlements.send();
  settlements.add(b, outcome, spent);
  settlements.send();
  settlements.send();
  await settlements.finished();
  expect(workshop.steps).toEqual(["settle a", "settle b", "ack a", "ack b"]);
});

test.each([
  ["settled", []],
  ["deferred", []],
  ["already", []],
  ["lost", ["delete pictures/tnt_x/a/2/0 pictures/tnt_x/a/2/1"]],
  ["discard", ["delete pictures/tnt_x/a/source pictures/tnt_x/a/2/0 pictures/tnt_x/a/2/1"]],
] as const)(
  "on the verdict %s it removes what is of no use, before the message is acknowledged",
  async (verdict, removed) => {
    const workshop = new Workshop(toRender("a", { outputs: 2, attempt: 2 }));
    workshop.verdict = verdict;
    await settle(workshop);
    expect(workshop.steps).toEqual(["settle a", ...removed, "ack a"]);
  },
);

test.each([
  ["lost", done, []],
  ["discard", outcome, []],
  ["discard", done, ["delete renditions/tnt_x/5/9"]],
] as const)(
  "of a rendition that is kept it removes, on the verdict %s, only what nobody is billed for",
  async (verdict, ended, removed) => {
    const kept = { source: "originals/tnt_x/5", rendition: "renditions/tnt_x/5/9" };
    const workshop = new Workshop(toRender("a", { kept }));
    workshop.verdict = verdict;
    await settle(workshop, ended);
    expect(workshop.steps).toEqual(["settle a", ...removed, "ack a"]);
  },
);

test("what cannot be removed is left to the ledger's sweep: the job is settled", async () => {
  const workshop = new Workshop(toRender("a"));
  workshop.verdict = "lost";
  workshop.pictures.delete = async () => Promise.reject(new Error("away"));
  await settle(workshop);
  expect(workshop.steps).toEqual(["settle a", "renditions-not-removed", "ack a"]);
});

test("when the ledger is away every message comes back, and nothing is removed", async () => {
  const workshop = new Workshop(toRender("a"), toRender("b"));
  workshop.ledger.settle = async () => Promise.reject(new Error("away"));
  await settle(workshop);
  expect(workshop.steps).toEqual(["settle-failed", "retry a in 3 s", "retry b in 3 s"]);
});
