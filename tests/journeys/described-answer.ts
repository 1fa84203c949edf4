import { expect } from "vitest";
import * as z from "zod";
import { responseHeaders } from "../../workers/api/documents/response-headers.ts";

export interface Document {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, object>>;
    readonly responses: Readonly<Record<string, Answer>>;
  };
}

export interface Operation {
  readonly operationId: string;
  readonly responses: Readonly<Record<string, Answer | Reference>>;
}

interface Reference {
  readonly $ref: string;
}

interface Answer {
  readonly headers: Readonly<Record<string, object>>;
  readonly content?: Readonly<Record<string, MediaType>>;
}

interface MediaType {
  readonly schema: object;
  readonly examples?: Record<string, unknown>;
}

type JsonSchema = Parameters<typeof z.fromJSONSchema>[0];

/** An answer with its headers, its type and its body as the OpenAPI document describes them. */
export async function expectDescribed(
  response: Response,
  operation: Operation,
  document: Document,
): Promise<void> {
  const { headers, content } = answerOf(operation, response.status, document);
  const sent = Object.keys(responseHeaders).filter((name) => response.headers.has(name));
  expect(Object.keys(headers)).toEqual(expect.arrayContaining(sent));

  const type = response.headers.get("Content-Type");
  const text = await response.text();
  expect(content ? Object.keys(content) : [null]).toContain(type);
  const { schema = { const: "" }, examples = {} } = content?.[type ?? ""] ?? {};
  const body: unknown = /[/+]json$/.test(type ?? "") ? JSON.parse(text) : text;
  const codes = type === "application/problem+json" ? [(body as { code: string }).code] : [];
  expect(Object.keys(examples)).toEqual(expect.arrayContaining(codes));
  // The document itself is described by its own standard, as pictures are by theirs.
  const isFree = operation.operationId === "getOpenApi" || type?.startsWith("image/");
  expectValid(body, isFree ? {} : schema, document);
}

/** The description of this answer; one that is a reference leads to a component. */
function answerOf(
  { operationId, responses }: Operation,
  status: number,
  document: Document,
): Answer {
  const described = responses[status];
  if (!described) throw new Error(`${operationId} answered ${status}, which is not described`);
  if (!("$ref" in described)) return described;
  const component = document.components.responses[described.$ref.split("/").at(-1) ?? ""];
  if (!component) throw new Error(`${described.$ref} leads nowhere`);
  return component;
}

function expectValid(body: unknown, schema: object, document: Document): void {
  const whole = JSON.stringify({ ...schema, $defs: document.components.schemas });
  const resolved = JSON.parse(whole.replaceAll("#/components/schemas/", "#/$defs/")) as JsonSchema;
  expect(z.fromJSONSchema(resolved).safeParse(body).error?.issues ?? []).toEqual([]);
}
