import { expect } from "vitest";
import { problemTable, type Problem, type ProblemCode } from "../../core/problem.ts";

/** The problem that an answer is, held against everything that must be true of each (RFC 9457). */
export async function expectProblem(
  pending: Response | Promise<Response>,
  code: ProblemCode,
): Promise<Problem> {
  const response = await pending;
  const body = (await response.json()) as Problem;
  expect(body).toMatchObject({ code, type: `/problems/${code}` });

  const [status, title] = problemTable[code];
  expect(response.status).toBe(status);
  expect(body).toMatchObject({ status, title });
  expect(response.headers.get("Content-Type")).toBe("application/problem+json");
  expect(response.headers.get("Cache-Control")).toBe("no-store");
  expect(response.headers.get("X-Request-Id")).toBeTruthy();
  expect(response.headers.has("WWW-Authenticate")).toBe(status === 401);

  // A sentence for a person, and nothing of the program's inside.
  expect(body.detail).toMatch(/^.{20,}[.?…]$/s);
  expect(JSON.stringify(body)).not.toMatch(/undefined|\[object|\bat \S+ \(|\.[jt]s:\d|Error:/);
  const { retryAfterMillis } = body;
  expect(response.headers.get("Retry-After")).toBe(
    retryAfterMillis === undefined ? null : String(Math.ceil(retryAfterMillis / 1000)),
  );
  expect(response.headers.get("Server-Timing")).toMatch(/total;dur=\d+/);
  return body;
}
