import * as z from "zod/mini";

/** A media type object for JSON of this schema (OpenAPI 3.1 uses JSON Schema 2020-12 as it is). */
export function jsonContent(schema: z.core.$ZodType) {
  return { "application/json": { schema: jsonSchema(schema) } };
}

/** A picture's bytes. */
export const pictureContent = { "image/*": { schema: { type: "string", format: "binary" } } };

export function jsonSchema(schema: z.core.$ZodType): object {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { override: withoutNoise });
  return rest;
}

/** Leaves out bounds that every integer of JSON has, and a time's pattern where its format says it all. */
function withoutNoise({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  if (jsonSchema.format === "date-time") delete jsonSchema.pattern;
}

export function pathParameter(name: string, description: string) {
  return { name, in: "path", required: true, description, schema: { type: "string" } };
}

export function queryParameter(name: string, description: string, schema: object) {
  return { name, in: "query", description, schema };
}
