import * as z from "zod/mini";

/** A media type object for JSON of this schema (OpenAPI 3.1 uses JSON Schema 2020-12 as it is). */
export function jsonContent(schema: z.core.$ZodType) {
  return { "application/json": { schema: jsonSchema(schema) } };
}

export function jsonSchema(schema: z.core.$ZodType): object {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { unrepresentable: "any" });
  return rest;
}

export function pathParameter(name: string, description: string) {
  return { name, in: "path", required: true, description, schema: { type: "string" } };
}

export function queryParameter(name: string, description: string, schema: object) {
  return { name, in: "query", description, schema };
}
