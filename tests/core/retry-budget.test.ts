import { expect, test } from "vitest";
import { limits } from "../../core/limits.ts";
import { RetryBudget } from "../../core/retry-budget.ts";

const taken = (budget: RetryBudget) => {
  let times = 0;
  while (times <= limits.retriesHeldMax && budget.take()) times++;
  return times;
};

test("an isolate has a few retries to begin with, and then none", () => {
  const budget = new RetryBudget();
  expect(taken(budget)).toBe(limits.retriesHeldMax);
  expect(budget.take()).toBe(false);
});

test("each ten calls that succeed give one more, and however many no more than the first few", () => {
  const budget = new RetryBudget();
  taken(budget);
  for (let call = 0; call < 9; call++) budget.succeeded();
  expect(budget.take()).toBe(false);
  for (let call = 0; call < 2; call++) budget.succeeded();
  expect(taken(budget)).toBe(1);
  for (let call = 0; call < 1000; call++) budget.succeeded();
  expect(taken(budget)).toBe(limits.retriesHeldMax);
});
