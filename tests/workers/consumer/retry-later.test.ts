import { expect, test } from "vitest";
import { retryLater } from "../../../workers/consumer/retry-later.ts";
import { Workshop } from "./workshop.ts";

const delay = (attempts: number, share: number) => {
  let seconds = 0;
  const message = {
    ...new Workshop().message("a", { attempts }),
    retry: ({ delaySeconds }: { delaySeconds: number }) => void (seconds = delaySeconds),
  };
  retryLater(message, { random: () => share });
  return seconds;
};

test("a message comes back in twice the time after each attempt, up to five minutes", () => {
  expect([1, 2, 3, 8, 9, 100].map((attempts) => delay(attempts, 0))).toEqual([
    2, 4, 8, 256, 256, 256,
  ]);
  expect(delay(8, 0.5)).toBe(300);
});

test("messages that fail together come back apart, by whole seconds", () => {
  expect([0, 0.3, 0.99].map((share) => delay(3, share))).toEqual([8, 11, 16]);
});
