import { expect, test } from "vitest";
import * as z from "zod/mini";
import { accountSchema } from "../../../../workers/api/documents/account-document.ts";
import { auditEntrySchema } from "../../../../workers/api/documents/audit-document.ts";
import {
  createdSigningKeySchema,
  deliverySchema,
} from "../../../../workers/api/documents/delivery-document.ts";
import { jobSchema } from "../../../../workers/api/documents/job-document.ts";
import { jsonContent, jsonSchema } from "../../../../workers/api/documents/openapi-parts.ts";
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
  expect(jsonContent(schema)).toEqual({ "application/json": { schema: reference } });
  expect(jsonSchema(z.object({ inside: schema }))).toMatchObject({
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
  expect(jsonSchema(schema)).toMatchObject({
    properties: {
      at: { type: "string", format: "date-time" },
      month: { type: "string", pattern: String.raw`^\d{4}$` },
      count: { type: "integer" },
      side: { type: "integer", minimum: 1, maximum: 9 },
    },
  });
  const { properties } = jsonSchema(schema) as { properties: Record<string, object> };
  expect(properties["at"]).not.toHaveProperty("pattern");
  expect(Object.keys(properties["count"] ?? {})).toEqual(["type"]);
});
