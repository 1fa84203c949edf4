import { expect, test } from "vitest";
import * as z from "zod/mini";
import { accountSchema } from "../../../../workers/api/documents/account-document.ts";
import { auditEntrySchema } from "../../../../workers/api/documents/audit-document.ts";
import {
  createdSigningKeySchema,
  deliverySchema,
} from "../../../../workers/api/documents/delivery-document.ts";
import { jobSchema } from "../../../../workers/api/documents/job-document.ts";
import * as parts from "../../../../workers/api/documents/openapi-parts.ts";
import * as originals from "../../../../workers/api/documents/original-document.ts";
import { pictureDescriptionSchema } from "../../../../workers/api/documents/picture-description-schema.ts";
import { problemSchema } from "../../../../workers/api/documents/problem-schema.ts";
import {
  answeredSchema,
  statementSchema,
} from "../../../../workers/api/documents/statement-document.ts";
import * as tenants from "../../../../workers/api/documents/tenant-document.ts";
import { usageSchema } from "../../../../workers/api/documents/usage-document.ts";

const named: readonly [name: string, schema: z.ZodMiniType][] = [
  ["Account", accountSchema],
  ["Answered", answeredSchema],
  ["AuditEntry", auditEntrySchema],
  ["CreatedKey", tenants.createdKeySchema],
  ["CreatedOperator", tenants.createdOperatorSchema],
  ["CreatedSigningKey", createdSigningKeySchema],
  ["Delivery", deliverySchema],
  ["Image", originals.originalSchema],
  ["Job", jobSchema],
  ["Key", tenants.keySchema],
  ["Operator", tenants.operatorSchema],
  ["PictureDescription", pictureDescriptionSchema],
  ["Problem", problemSchema],
  ["Shards", tenants.shardsSchema],
  ["Statement", statementSchema],
  ["Tenant", tenants.tenantSchema],
  ["TenantLimits", tenants.limitsSchema],
  ["Upload", originals.uploadSchema],
  ["UploadedImage", originals.uploadedSchema],
  ["Usage", usageSchema],
];

test.each(named)("%s is a component, to which answers refer", (name, schema) => {
  const reference = { $ref: `#/components/schemas/${name}` };
  expect(parts.jsonContent(schema)).toEqual({ "application/json": { schema: reference } });
  expect(parts.jsonSchema(z.object({ inside: schema }))).toMatchObject({
    properties: { inside: reference },
  });
});

test("a schema leaves out what every integer and every time has, and no other bound", () => {
  const schema = z.object({
    at: z.iso.datetime(),
    month: z.string().check(z.regex(/^\d{4}$/)),
    count: z.int(),
    side: z.int().check(z.minimum(1), z.maximum(9)),
  });
  expect(parts.jsonSchema(schema)).toMatchObject({
    properties: {
      at: { type: "string", format: "date-time" },
      month: { type: "string", pattern: String.raw`^\d{4}$` },
      count: { type: "integer" },
      side: { type: "integer", minimum: 1, maximum: 9 },
    },
  });
  const { properties } = parts.jsonSchema(schema) as { properties: Record<string, object> };
  expect(properties["at"]).not.toHaveProperty("pattern");
  expect(Object.keys(properties["count"] ?? {})).toEqual(["type"]);
});

test("a schema without a name stands where it is used", () => {
  const page = z.object({ cursor: z.nullable(z.string()) });
  expect(parts.jsonContent(page)).toEqual({
    "application/json": { schema: parts.jsonSchema(page) },
  });
});

test("pictures are bytes, also those whose type the client does not tell", () => {
  const bytes = { schema: { type: "string", format: "binary" } };
  expect(parts.renditionContent).toMatchObject({ "image/webp": bytes, "image/avif": bytes });
  expect(parts.renditionContent).not.toHaveProperty(["application/json"]);
  expect(parts.sourceContent).toMatchObject({
    "image/jpeg": bytes,
    "application/octet-stream": bytes,
  });
});

test("a parameter of the path is required, others are not", () => {
  const schema = { type: "string" } as const;
  const described = { name: "id", description: "Which one", schema };
  expect(parts.pathParameter("id", "Which one", schema)).toEqual({
    ...described,
    in: "path",
    required: true,
  });
  expect(parts.queryParameter("id", "Which one", schema)).toEqual({ ...described, in: "query" });
  expect(parts.headerParameter("id", "Which one", schema)).toEqual({ ...described, in: "header" });
});

test("headers are named where they are answered, and described once", () => {
  const reference = { $ref: "#/components/headers/Retry-After" };
  expect(parts.headers("Retry-After")).toEqual({ "Retry-After": reference });
  expect(parts.headerComponents["Retry-After"]).toMatchObject({
    description: expect.stringMatching(/./) as string,
    schema: { type: expect.any(String) as string },
  });
});

test.each<[string, z.ZodMiniType, string]>([
  ["a file's frames", originals.originalSchema, "frames"],
  ["a stored picture's address", originals.originalSchema, "url"],
  ["an upload's address", originals.uploadSchema, "url"],
  ["delivered pictures that were there already", usageSchema, "hits"],
  ["a tenant's hosts", deliverySchema, "hosts"],
])("the document explains %s in words", (_, schema, field) => {
  const { properties } = parts.jsonSchema(schema) as { properties: Record<string, object> };
  expect(properties[field]).toHaveProperty("description");
});

test("the document explains in words what usage by groups holds", () => {
  const { properties } = parts.jsonSchema(usageSchema) as { properties: Record<string, object> };
  expect(properties["groups"]).toHaveProperty("items.description");
});
