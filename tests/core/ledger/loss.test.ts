import { describe, expect, test } from "vitest";
import { isLost } from "../../../core/ledger/loss.ts";
import { limits } from "../../../core/limits.ts";

const sentAt = 1_000_000;
const later = sentAt + 30 * 60_000;
const slack = limits.lossSlackMillis;

describe("a message is lost", () => {
  test.each([
    ["its queue is empty", { backlogCount: 0, oldestSentAt: null }],
    [
      "the oldest that waits is clearly younger",
      { backlogCount: 9, oldestSentAt: sentAt + slack + 1 },
    ],
  ])("when %s", (_, reading) => {
    expect(isLost(sentAt, later, reading, 0)).toBe(true);
    expect(isLost(sentAt, sentAt + limits.redispatchMillis, reading, 0)).toBe(true);
    expect(isLost(sentAt, sentAt + limits.redispatchMillis - 1, reading, 0)).toBe(false);
  });
});

describe("a message may still wait", () => {
  test.each([
    [
      "the oldest is older, however long ago that was",
      { backlogCount: 9, oldestSentAt: sentAt - 1 },
    ],
    ["the oldest is hardly younger", { backlogCount: 9, oldestSentAt: sentAt + slack }],
    ["the queue does not say how old its messages are", { backlogCount: 9, oldestSentAt: null }],
    ["the queue does not answer", null],
  ])("when %s", (_, reading) => {
    expect(isLost(sentAt, later, reading, 0)).toBe(false);
  });
});

test("the clocks of queue and ledger are not mixed up", () => {
  const reading = { backlogCount: 9, oldestSentAt: sentAt + slack + 1 };
  expect(isLost(sentAt, later, reading, 1)).toBe(false);
  expect(isLost(sentAt, later, { ...reading, oldestSentAt: sentAt + slack }, -1)).toBe(true);
});
