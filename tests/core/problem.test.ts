import { expect, test } from "vitest";
import { problem, problemTable } from "../../core/problem.ts";
import { isUnavailable, Unavailable } from "../../core/unavailable.ts";

test("a problem names its page, and says what is there to say", () => {
  expect(problem("overloaded", "Wait.", { retryAfterMillis: 5 })).toEqual({
    type: "/problems/overloaded",
    code: "overloaded",
    title: "The service is busy",
    status: 503,
    detail: "Wait.",
    retryAfterMillis: 5,
  });
  expect(Object.keys(problem("internal", ""))).not.toContain("option");
});

test("every problem is an error's status and has a title", () => {
  for (const [status, title] of Object.values(problemTable)) {
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(600);
    expect(title).not.toBe("");
  }
});

test("what is unavailable is known by its message alone, which is all that a caller gets", () => {
  const { message } = new Unavailable("no answer");
  expect(message).toContain("no answer");
  expect(isUnavailable(new Error(message))).toBe(true);
  expect(isUnavailable(new Error("no answer"))).toBe(false);
  expect(isUnavailable(message)).toBe(false);
});
