import { problem, problemTable, type ProblemCode } from "../../core/problem.ts";
import { jobSchema } from "./documents/job-document.ts";
import { headerComponents, headers, jsonSchema } from "./documents/openapi-parts.ts";
import { pictureDescriptionSchema } from "./documents/picture-description-schema.ts";
import { problemSchema } from "./documents/problem-schema.ts";
import { createdSigningKeySchema, deliverySchema } from "./documents/delivery-document.ts";
import { originalSchema, uploadedSchema, uploadSchema } from "./documents/original-document.ts";
import { statementSchema } from "./documents/statement-document.ts";
import { tags } from "./documents/tags.ts";
import { accountSchema } from "./documents/account-document.ts";
import { auditEntrySchema } from "./documents/audit-document.ts";
import {
  createdKeySchema,
  createdOperatorSchema,
  keySchema,
  limitsSchema,
  operatorSchema,
  shardsSchema,
  tenantSchema,
} from "./documents/tenant-document.ts";
import { answeredSchema } from "./documents/statement-document.ts";
import { metricsSchema } from "./routes/figures/metrics-document.ts";
import { usageSchema } from "./documents/usage-document.ts";
import type { Route } from "./route.ts";

/** OpenAPI 3.1 of all routes, made from the records that serve and validate them. */
export function openApiDocument(routes: readonly Route[]): object {
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
        "Resizes images. Send a picture, name the renditions you want, fetch them, and check the bill.",
      contact: { name: "The operator of this service" },
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: schemaComponents,
      responses: Object.assign({}, ...routes.map(refusalComponents)) as object,
      examples: Object.fromEntries(
        routes
          .flatMap(refusals)
          .flatMap(({ codes }) => codes)
          .map((code) => [code, { value: problem(code, "What was wrong, and what to do.") }]),
      ),
      headers: headerComponents,
      securitySchemes: {
        tenant: { type: "http", scheme: "bearer", description: "A tenant's API key" },
        operator: { type: "http", scheme: "bearer", description: "An operator's token" },
        deployer: { type: "http", scheme: "bearer", description: "The deployment's ADMIN_TOKEN" },
      },
    },
  };
}

const schemaComponents = {
  Account: jsonSchema(accountSchema),
  AuditEntry: jsonSchema(auditEntrySchema),
  CreatedOperator: jsonSchema(createdOperatorSchema),
  Operator: jsonSchema(operatorSchema),
  TenantLimits: jsonSchema(limitsSchema),
  CreatedKey: jsonSchema(createdKeySchema),
  CreatedSigningKey: jsonSchema(createdSigningKeySchema),
  Delivery: jsonSchema(deliverySchema),
  Image: jsonSchema(originalSchema),
  Upload: jsonSchema(uploadSchema),
  UploadedImage: jsonSchema(uploadedSchema),
  Job: jsonSchema(jobSchema),
  Key: jsonSchema(keySchema),
  PictureDescription: jsonSchema(pictureDescriptionSchema),
  Problem: jsonSchema(problemSchema),
  Statement: jsonSchema(statementSchema),
  Shards: jsonSchema(shardsSchema),
  Tenant: jsonSchema(tenantSchema),
  Metrics: jsonSchema(metricsSchema),
  Usage: jsonSchema(usageSchema),
  Answered: jsonSchema(answeredSchema),
};

function operation(route: Route): object {
  const { operationId, summary, description, tag, parameters, requestBody, responses } = route;
  return {
    operationId,
    summary,
    description,
    tags: [tag],
    ...(parameters && { parameters }),
    ...(requestBody && { requestBody }),
    security: route.caller === "anyone" ? [] : [{ [route.caller]: [] }],
    responses: {
      ...Object.fromEntries(
        Object.entries(responses).map(([status, response]) => [
          status,
          { ...response, headers: { ...response.headers, ...onEveryAnswer } },
        ]),
      ),
      ...Object.fromEntries(
        refusals(route).map(({ status, name }) => [
          status,
          { $ref: `#/components/responses/${name}` },
        ]),
      ),
    },
  };
}

const onEveryAnswer = headers("X-Request-Id", "Traceparent", "Server-Timing", "Cache-Control");

/** What every route of this kind of caller can refuse, whatever it does. */
const refusedByCaller: Record<Route["caller"], readonly ProblemCode[]> = {
  anyone: ["misconfigured", "internal"],
  deployer: ["admin-only", "unavailable", "misconfigured", "internal"],
  operator: ["admin-only", "role-missing", "unavailable", "misconfigured", "internal"],
  tenant: [
    "unauthenticated",
    "key-revoked",
    "key-expired",
    "scope-missing",
    "tenant-suspended",
    "rate-limited",
    "unavailable",
    "misconfigured",
    "internal",
  ],
};

interface Refusals {
  /** Name of the response component. Routes that refuse the same under a status share one. */
  readonly name: string;
  readonly status: string;
  readonly codes: readonly ProblemCode[];
}

/** What a route can refuse, by status. */
function refusals(route: Route): Refusals[] {
  const refused = new Set([...(route.problems ?? []), ...refusedByCaller[route.caller]]);
  const byStatus = Map.groupBy(refused, (code) => problemTable[code][0]);
  return [...byStatus].map(([status, some]) => ({
    name:
      some.length > 3 || route.problemHeaders?.[status]
        ? `${route.operationId}-${status}`
        : some.join("-or-"),
    status: String(status),
    codes: some,
  }));
}

function refusalComponents(route: Route): Record<string, object> {
  return Object.fromEntries(
    refusals(route).map(({ name, status, codes: some }) => [
      name,
      {
        description: some.map((code) => problemTable[code][1]).join("; or: "),
        headers: {
          ...onEveryAnswer,
          ...headersByStatus[status],
          ...route.problemHeaders?.[status],
        },
        content: {
          "application/problem+json": {
            schema: { $ref: "#/components/schemas/Problem" },
            examples: Object.fromEntries(
              some.map((code) => [code, { $ref: `#/components/examples/${code}` }]),
            ),
          },
        },
      },
    ]),
  );
}

/** Headers that only a refusal has. */
const headersByStatus: Readonly<Record<string, object>> = {
  "401": headers("WWW-Authenticate"),
  "409": headers("Retry-After"),
  "416": headers("Content-Range"),
  "429": headers("Retry-After", "RateLimit", "RateLimit-Policy"),
  "503": headers("Retry-After"),
};
