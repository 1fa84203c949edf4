import { describe, expect, test } from "vitest";
import { problemTable } from "../../../core/problem.ts";
import { openApiDocument } from "../../../workers/api/openapi.ts";
import { routes } from "../../../workers/api/routes/route-table.ts";

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: JsonSchema;
}

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema: JsonSchema }> };
  readonly security: readonly Record<string, readonly string[]>[];
  readonly tags: readonly string[];
  readonly responses: Record<string, Answer | { readonly $ref: string }>;
}

interface Answer {
  readonly description: string;
  readonly headers: Record<string, { readonly $ref: string }>;
  readonly content?: Record<string, MediaType>;
}

interface MediaType {
  readonly schema: JsonSchema;
  readonly examples?: Record<string, { readonly $ref: string }>;
}

// As a client reads it.
const document = JSON.parse(JSON.stringify(openApiDocument(routes))) as {
  openapi: string;
  info: Record<string, unknown>;
  servers: { url: string }[];
  tags: { name: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: {
    schemas: Record<string, JsonSchema>;
    responses: Record<string, Answer>;
    examples: Record<string, { value: { code: string; status: number } }>;
    headers: Record<string, object>;
    securitySchemes: Record<string, { type: string; scheme: string }>;
  };
};

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    name: `${method.toUpperCase()} ${path}`,
    path,
    operation,
  })),
);

test("the document is OpenAPI 3.1 and works at any address", () => {
  expect(document.openapi).toMatch(/^3\.1\.\d+$/);
  expect(document.info).toMatchObject({ title: "Minilab", version: expect.any(String) as string });
  expect(document.info).toMatchObject({ license: { identifier: "Apache-2.0" } });
  expect(document.servers).toEqual([{ url: "/" }]);
});

test("the document holds every route once, and nothing else", () => {
  expect(operations.map(({ name }) => name).toSorted()).toEqual(
    routes.map(({ method, path }) => `${method} ${path}`).toSorted(),
  );
  const ids = operations.map(({ operation }) => operation.operationId);
  expect(new Set(ids).size).toBe(ids.length);
});

describe.each(operations)("$name", ({ path, operation }) => {
  const { summary, parameters = [], requestBody, security } = operation;
  const responses = Object.entries(operation.responses).map(
    ([status, response]) => [status, resolved(response)] as const,
  );

  test("has a summary, a tag and an authentication scheme", () => {
    expect(document.tags.map(({ name }) => name)).toEqual(
      expect.arrayContaining([...operation.tags]),
    );
    expect(summary).toMatch(/^[A-Z].{5,}[^.]$/);
    for (const scheme of security.flatMap((each) => Object.keys(each))) {
      expect(document.components.securitySchemes[scheme]).toMatchObject({
        type: "http",
        scheme: "bearer",
      });
    }
  });

  test("describes each parameter once, and every one of its path", () => {
    const keys = parameters.map((parameter) => `${parameter.in} ${parameter.name}`);
    expect(new Set(keys).size).toBe(keys.length);
    const named = parameters.filter((parameter) => parameter.in === "path");
    expect(named.map(({ name }) => `{${name}}`)).toEqual(path.match(/\{\w+\}/g) ?? []);
    for (const parameter of named) expect(parameter.required).toBe(true);
    for (const { description, schema } of parameters) {
      expect(description).toBeTruthy();
      expectSchema(schema);
    }
  });

  test("describes every answer and body by a valid schema", () => {
    expect(responses.length).toBeGreaterThan(0);
    const contents = [requestBody?.content ?? {}];
    for (const [status, { description, headers, content = {} }] of responses) {
      expect(status).toMatch(/^[1-5]\d\d$/);
      expect(description).toBeTruthy();
      expect(Object.keys(headers)).toContain("X-Request-Id");
      for (const { $ref } of Object.values(headers)) {
        expect(document.components.headers).toHaveProperty([$ref.split("/").at(-1) ?? ""]);
      }
      contents.push(content);
    }
    for (const [type, { schema }] of contents.flatMap((content) => Object.entries(content))) {
      expect(type).toMatch(/^[a-z]+\/[a-z+-]+(; [a-z]+=[a-z0-9.-]+)*$/);
      expectSchema(schema);
    }
  });

  test("names its problems under the status that they have", () => {
    const problems = responses.flatMap(([status, { content }]) =>
      Object.entries(content?.["application/problem+json"]?.examples ?? {}).map(
        ([code, { $ref }]) => ({ status: Number(status), code, $ref }),
      ),
    );
    expect(problems.map(({ code }) => code)).toContain("internal");
    for (const [, { content }] of responses) {
      const { schema } = content?.["application/problem+json"] ?? {};
      expect(schema ?? { $ref: "#/components/schemas/Problem" }).toEqual({
        $ref: "#/components/schemas/Problem",
      });
    }
    for (const { status, code, $ref } of problems) {
      expect(problemTable).toHaveProperty(code);
      expect($ref).toBe(`#/components/examples/${code}`);
      expect(document.components.examples[code]?.value).toMatchObject({ code, status });
    }
  });
});

function resolved(response: Answer | { readonly $ref: string }): Answer {
  if (!("$ref" in response)) return response;
  const component = document.components.responses[response.$ref.split("/").at(-1) ?? ""];
  if (!component) throw new Error(`${response.$ref} leads nowhere`);
  return component;
}

/** As much of JSON Schema 2020-12 as the document uses. */
interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Record<string, JsonSchema>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly format?: string;
  readonly maxLength?: number;
}

const types = ["string", "number", "integer", "boolean", "object", "array", "null"];

/** Known types, whole objects, bounds and patterns that something meets, references that lead somewhere. */
function expectSchema(schema: JsonSchema): void {
  const { $ref, type = [], properties = {}, required = [], anyOf = [], items } = schema;
  for (const part of [$ref ?? []].flat()) {
    expect(document.components.schemas).toHaveProperty([part.replace("#/components/schemas/", "")]);
  }
  for (const name of [type].flat()) expect(types).toContain(name);
  for (const name of required) expect(properties).toHaveProperty([name]);
  for (const part of [...Object.values(properties), ...anyOf, ...(items ? [items] : [])]) {
    expectSchema(part);
  }
  const { enum: values = [], pattern = "", format = "uri" } = schema;
  expect(new Set(values).size).toBe(values.length);
  expect(values.length === 0 || [type].flat().length === 1).toBe(true);
  expect(() => new RegExp(pattern, "u")).not.toThrow();
  expect(["binary", "date-time", "email", "uri"]).toContain(format);
  expect(schema.minimum ?? 0).toBeLessThanOrEqual(schema.maximum ?? Infinity);
}

test("schemas that are components are valid too", () => {
  for (const schema of Object.values(document.components.schemas)) expectSchema(schema);
});

test("each operation names the credential that it takes, and none where anyone may call", () => {
  const takes = (path: string) => document.paths[path]?.["get"]?.security;
  expect(takes("/v1/jobs")).toEqual([{ tenant: [] }]);
  expect(takes("/admin/v1/tenants")).toEqual([{ operator: [] }]);
  expect(takes("/openapi.json")).toEqual([]);
});

test("a body is described where one is sent", () => {
  const { post } = document.paths["/v1/jobs"] ?? {};
  expect(Object.keys(post?.requestBody?.content ?? {})).toContain("image/jpeg");
});

test("texts in paths and queries say what is taken, but for colours, sources and lists of options", () => {
  const texts = operations.flatMap(({ operation: { parameters = [] } }) =>
    parameters.filter(({ in: place, schema }) => place !== "header" && schema.type === "string"),
  );
  const free = texts.filter(
    ({ schema: { pattern, format, maxLength, enum: values } }) =>
      !(pattern ?? format ?? maxLength ?? values),
  );
  expect(texts.length).toBeGreaterThan(2 * free.length);
  expect(new Set(free.map(({ name }) => name))).toEqual(
    new Set(["trim.border.color", "background", "border.color", "options", "source"]),
  );
});

test.each([
  ["cursor", "job_local_0_01jd3n7q5w8xk2zt4m6r9vbyce", "job"],
  ["token", `upl_${"0a".repeat(20)}`, "upl_0a"],
  ["tag", "spring-2026", "-spring"],
  ["region", "local", "Local"],
])("the pattern of %s takes %s and not %s", (name, taken, refused) => {
  const patterns = operations.flatMap(({ operation: { parameters = [] } }) =>
    parameters.flatMap((each) => (each.name === name ? [each.schema.pattern ?? ""] : [])),
  );
  expect(patterns.some((pattern) => new RegExp(pattern, "u").test(taken))).toBe(true);
  expect(patterns.filter((pattern) => new RegExp(pattern, "u").test(refused))).toEqual([]);
});

test("refusals are shared by operations that refuse the same, and are named after three problems at most", () => {
  const refs = operations.flatMap(({ operation }) =>
    Object.values(operation.responses).flatMap((each) => ("$ref" in each ? [each.$ref] : [])),
  );
  const names = Object.keys(document.components.responses);
  expect(new Set(refs)).toEqual(new Set(names.map((name) => `#/components/responses/${name}`)));
  expect(refs.length).toBeGreaterThan(2 * names.length);
  expect(Math.max(...names.map((name) => name.split("-or-").length))).toBe(3);
});

test("headers that one route's problems have alone are described there alone", () => {
  const own = routes.flatMap(({ operationId, problemHeaders = {} }) =>
    Object.entries(problemHeaders).flatMap(([status, headers]) =>
      Object.keys(headers).map((name) => `${operationId} ${status} ${name}`),
    ),
  );
  const described = operations.flatMap(({ operation: { operationId, responses } }) =>
    Object.entries(responses).flatMap(([status, response]) =>
      Object.keys(resolved(response).headers).map((name) => `${operationId} ${status} ${name}`),
    ),
  );
  const ofFailures = (all: readonly string[]) => all.filter((each) => each.endsWith("Cf-Resized"));
  expect(ofFailures(own).length).toBeGreaterThan(5);
  expect(described).toEqual(expect.arrayContaining(own));
  expect(ofFailures(described).toSorted()).toEqual([...new Set(ofFailures(own))].toSorted());
});
