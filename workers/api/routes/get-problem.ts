import * as z from "zod/mini";
import { problemTable, type ProblemCode } from "../../../core/problem.ts";
import { json, nothingHere } from "../http/responses.ts";
import { jsonContent, pathParameter } from "../documents/openapi-parts.ts";
import { problemSchema } from "../documents/problem-schema.ts";
import type { Route } from "../route.ts";

const schema = z.pick(problemSchema, { type: true, code: true, title: true, status: true });

/** The page that a problem's `type` points to. */
export const getProblem: Route = {
  method: "GET",
  path: "/problems/{code}",
  caller: "anyone",
  operationId: "getProblem",
  summary: "Look up a problem type",
  tag: "Service",
  description: "The page that a problem's `type` points to.",
  parameters: [
    pathParameter("code", "The last part of the `type`", {
      type: "string",
      pattern: "^[a-z-]+$",
    }),
  ],
  responses: { "200": { description: "Its status and title", content: jsonContent(schema) } },
  problems: ["not-found"],
  handle({ params }) {
    const code = params.code ?? "";
    if (!Object.hasOwn(problemTable, code)) return nothingHere();
    const [status, title] = problemTable[code as ProblemCode];
    return json({ type: `/problems/${code}`, code, title, status });
  },
};
