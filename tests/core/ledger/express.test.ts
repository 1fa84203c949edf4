import { expect, test } from "vitest";
import { claimedAtOnce, handedOver, hurried, stored } from "../../../core/ledger/express.ts";
import { accepted } from "../../../core/ledger/progress.ts";

const start = Date.UTC(2026, 10, 20, 12);
const atOnce = claimedAtOnce(accepted(start, 5000), start, 100);

test("a job that was claimed for nothing goes to the queue as if it had not been", () => {
  const unbegun = { lost: false, unbegun: true };
  const sent = { ...accepted(start, 5000), sentAt: start, due: start + 20_000 };
  expect(handedOver(atOnce, start, 0.5, unbegun)).toEqual(sent);
  for (const other of [
    { ...atOnce, claims: 2 },
    { ...atOnce, sentAt: start },
  ]) {
    expect(handedOver(other, start, 0.5, unbegun)).toBeNull();
  }
  expect(handedOver(atOnce, start, 0.5, { lost: false, unbegun: false })).toBeNull();
  expect(handedOver(atOnce, start, 0.5, { lost: true, unbegun: false })).toMatchObject({
    lane: "solo",
    claims: 1,
  });
});

test("a job that waits for its caller goes to the queue, unless it is on its way, taken or ended", () => {
  const silent = { lost: false, unbegun: false };
  const waiting = accepted(start, 5000);
  const sent = { ...waiting, sentAt: start, due: start + 20_000 };
  expect(handedOver(waiting, start, 0.5, silent)).toEqual(sent);
  for (const other of [
    { ...waiting, sentAt: start },
    { ...waiting, claims: 1 },
    { ...waiting, status: "done" } as const,
  ]) {
    expect(handedOver(other, start, 0.5, silent)).toBeNull();
  }
});

test("a held job whose picture is stored is held no more, and alone where its tenant is apart", () => {
  const held = accepted(start, 5000, true);
  expect(stored(held, false)).toEqual({ ...held, held: false });
  expect(stored(held, true)).toEqual({ ...held, held: false, lane: "solo" });
});

test("a consumer that its caller waits for no longer has a little time left, and no other one is hurried", () => {
  const claimed = claimedAtOnce(accepted(start, 5000), start, 40_000);
  expect(hurried(claimed, start, 5000)).toEqual({ ...claimed, due: start + 5000 });
  for (const other of [
    { ...claimed, claims: 2 },
    { ...claimed, sentAt: start },
    { ...claimed, status: "accepted" } as const,
    { ...claimed, due: start + 5000 },
  ]) {
    expect(hurried(other, start, 5000)).toBeNull();
  }
});
