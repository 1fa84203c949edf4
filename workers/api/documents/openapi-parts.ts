import * as z from "zod/mini";
import { mediaType, outputFormats, sourceFormats } from "../../../core/image/formats.ts";
import { responseHeaders, type ResponseHeader } from "./response-headers.ts";

/** A media type object for JSON of this schema (OpenAPI 3.1 uses JSON Schema 2020-12 as it is). */
export function jsonContent(schema: z.core.$ZodType) {
  return { "application/json": { schema: schemaOrReference(schema) } };
}

const binary = { schema: { type: "string", format: "binary" } };

/** The bytes of a rendition. */
export const renditionContent = Object.fromEntries(
  outputFormats.filter((format) => format !== "json").map((format) => [mediaType(format), binary]),
);

/** The bytes of a picture that is sent. Its format is found in the bytes, so any binary type is taken. */
export const sourceContent = Object.fromEntries(
  [...sourceFormats.map(mediaType), "application/octet-stream"].map((type) => [type, binary]),
);

/** A schema as JSON Schema; schemas inside it that have an `id` are references to components. */
export function jsonSchema(schema: z.core.$ZodType): object {
  const whole = z.toJSONSchema(schema, { override: withoutNoise });
  const named = whole.$defs?.[idOf(schema) ?? ""];
  const { $schema: _dialect, $defs: _components, id: _id, ...own } = named ?? whole;
  return JSON.parse(JSON.stringify(own).replaceAll("#/$defs/", componentSchemas)) as object;
}

const componentSchemas = "#/components/schemas/";

const idOf = (schema: z.core.$ZodType) => z.globalRegistry.get(schema)?.id;

function schemaOrReference(schema: z.core.$ZodType): object {
  const id = idOf(schema);
  return id === undefined ? jsonSchema(schema) : { $ref: `${componentSchemas}${id}` };
}

/** Leaves out bounds that every integer of JSON has, and a time's pattern where its format says it all. */
function withoutNoise({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  if (jsonSchema.format === "date-time") delete jsonSchema.pattern;
}

/** What a path, query or header parameter may hold, as JSON Schema. */
type ParameterSchema = { readonly type: "string" | "integer" } & Readonly<
  Partial<
    Record<"enum" | "pattern" | "format" | "minimum" | "maximum" | "default" | "maxLength", unknown>
  >
>;

/** A text that the server checks against the same pattern. */
export const matching = ({ source }: RegExp) => ({ type: "string", pattern: source }) as const;

export function pathParameter(name: string, description: string, schema: ParameterSchema) {
  return { name, in: "path", required: true, description, schema };
}

export function queryParameter(name: string, description: string, schema: ParameterSchema) {
  return { name, in: "query", description, schema };
}

export function headerParameter(name: string, description: string, schema: ParameterSchema) {
  return { name, in: "header", description, schema };
}

/** References to header components, by the headers' names. */
export function headers(...names: readonly ResponseHeader[]): Record<string, object> {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

/** Every header that an answer can have, as components. */
export const headerComponents = Object.fromEntries(
  Object.entries(responseHeaders).map(([name, [description, schema]]) => [
    name,
    { description, schema },
  ]),
);
