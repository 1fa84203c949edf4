import { expect, test } from "vitest";
import { problem } from "../../../../core/problem.ts";
import { Unavailable } from "../../../../core/unavailable.ts";
import { refuse, refuseFailure, withRate } from "../../../../workers/api/http/responses.ts";

test("a refusal is a problem document, with the whole seconds after which to try again", async () => {
  const failure = problem("overloaded", "Busy.", { retryAfterMillis: 1001 });
  const answer = refuse(failure, { "X-Own": "1" });
  expect(await answer.json()).toEqual({ ...failure });
  expect(answer.status).toBe(failure.status);
  expect(Object.fromEntries(answer.headers)).toEqual({
    "content-type": "application/problem+json",
    "retry-after": "2",
    "x-own": "1",
  });
  const final = refuse(problem("not-found", "Nothing."));
  expect(final.headers.has("Retry-After")).toBe(false);
});

test("a 401 says how to authenticate, and no other answer does", () => {
  const challenge = (code: "unauthenticated" | "scope-missing") =>
    refuse(problem(code, "No.")).headers.get("WWW-Authenticate");
  expect(challenge("unauthenticated")).toBe(`Bearer realm="minilab"`);
  expect(challenge("scope-missing")).toBeNull();
});

test.each([
  ["a part that does not answer", new Unavailable("away"), 503],
  ["an object that moved", Object.assign(new Error(), { retryable: true }), 503],
  ["an object with too much to do", Object.assign(new Error(), { overloaded: true }), 503],
  ["any other error", new Error("secret"), 500],
  ["something that is no error", "secret", 500],
  ["nothing", null, 500],
])("%s is told without its cause", async (_, cause, status) => {
  const answer = refuseFailure(cause);
  expect(answer.status).toBe(status);
  expect(answer.headers.has("Retry-After")).toBe(status === 503);
  expect(await answer.text()).not.toContain("secret");
});

test("the rate that is left is told where the ledger knows it", () => {
  const rate = { limit: 50, windowSeconds: 10, remaining: 7, resetSeconds: 3 };
  const { headers } = withRate(new Response(), rate);
  expect(headers.get("RateLimit-Policy")).toBe(`"jobs";q=50;w=10`);
  expect(headers.get("RateLimit")).toBe(`"jobs";r=7;t=3`);
  expect([...withRate(new Response(), null).headers]).toEqual([]);
});
