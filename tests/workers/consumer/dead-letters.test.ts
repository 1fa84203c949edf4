import { expect, test } from "vitest";
import { handBackDeadLetters } from "../../../workers/consumer/dead-letters.ts";
import { Workshop } from "./workshop.ts";

test("a dead letter's job is handed back to its ledger, then the letter is acknowledged", async () => {
  const workshop = new Workshop();
  await handBackDeadLetters([workshop.message("a"), workshop.message("b")], workshop.ports);
  expect(workshop.outcomes.get("a")).toStrictEqual({
    kind: "deferred",
    cause: "its message became a dead letter",
  });
  expect(workshop.steps).toEqual(["settle a", "settle b", "ack a", "ack b"]);
});

test("one that nobody can read is acknowledged", async () => {
  const workshop = new Workshop();
  await handBackDeadLetters([workshop.message("a", { body: null })], workshop.ports);
  expect(workshop.steps).toEqual(["ack a"]);
});

test("while the ledger is away the letter comes back later", async () => {
  const workshop = new Workshop();
  workshop.ledger.settle = async () => Promise.reject(new Error("away"));
  await handBackDeadLetters([workshop.message("a")], workshop.ports);
  expect(workshop.steps).toEqual(["dead-letter-kept", "retry a in 3 s"]);
});
