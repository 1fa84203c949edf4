import { problem, problemTable, type ProblemCode } from "../../core/problem.ts";
import { jsonSchema } from "./documents/openapi-parts.ts";
import { problemSchema } from "./documents/problem-schema.ts";
import type { Route } from "./route.ts";

/** OpenAPI 3.1 of all routes, made from the very records that serve and validate them. */
export function openApiDocument(routes: readonly Route[], origin: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    (paths[route.path] ??= {})[route.method.toLowerCase()] = operation(route);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Minilab",
      version: "1",
      description:
        "Image resizing: send a picture, name the renditions, get them back, and check the bill.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: origin }],
    paths,
    components: {
      schemas: { Problem: jsonSchema(problemSchema) },
      securitySchemes: {
        tenant: { type: "http", scheme: "bearer", description: "A tenant's API key" },
        admin: { type: "http", scheme: "bearer", description: "The operator's admin token" },
      },
    },
  };
}

function operation(route: Route): object {
  const { operationId, summary, description, parameters, requestBody, responses } = route;
  return {
    operationId,
    summary,
    ...(description && { description }),
    ...(parameters && { parameters }),
    ...(requestBody && { requestBody }),
    security: route.caller === "anyone" ? [] : [{ [route.caller]: [] }],
    responses: { ...responses, ...refusals(route) },
  };
}

/** What every route of this kind of caller can refuse, whatever it does. */
const refusedByCaller: Record<Route["caller"], readonly ProblemCode[]> = {
  anyone: ["misconfigured", "internal"],
  admin: ["admin-only", "unavailable", "misconfigured", "internal"],
  tenant: ["unauthenticated", "key-revoked", "unavailable", "misconfigured", "internal"],
};

function refusals(route: Route): Record<string, object> {
  const codes = [...(route.problems ?? []), ...refusedByCaller[route.caller]];
  const byStatus = Map.groupBy(codes, (code) => problemTable[code][0]);
  return Object.fromEntries(
    [...byStatus].map(([status, some]) => [
      String(status),
      {
        description: some.map((code) => problem(code, "").title).join("; or: "),
        content: {
          "application/problem+json": {
            schema: { $ref: "#/components/schemas/Problem" },
            examples: Object.fromEntries(
              some.map((code) => [code, { value: problem(code, "What was wrong, in words.") }]),
            ),
          },
        },
      },
    ]),
  );
}
