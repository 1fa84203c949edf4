import { describe, expect, test } from "vitest";
import { limits } from "../../../../core/limits.ts";
import { openApiDocument } from "../../../../workers/api/openapi.ts";
import { routes } from "../../../../workers/api/routes/route-table.ts";

interface Parameter {
  readonly name: string;
  readonly in: string;
}

interface Schema {
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, object>>;
}

type Content = Readonly<Record<string, { readonly schema?: Schema }>>;

const { components } = openApiDocument(routes) as {
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
};

const told = routes.map((route) => {
  const parameters = (route.parameters ?? []) as readonly Parameter[];
  const contents = Object.values(route.responses).map(({ content = {} }) => content as Content);
  return {
    name: `${route.method} ${route.path}`,
    route,
    inQuery: parameters.filter((each) => each.in === "query").map(({ name }) => name),
    inPath: parameters.filter((each) => each.in === "path").map(({ name }) => `{${name}}`),
    inHeaders: parameters.filter((each) => each.in === "header").map(({ name }) => name),
    contents,
    fields: contents.flatMap((content) =>
      Object.values(content).flatMap(({ schema }) =>
        Object.keys(resolved(schema).properties ?? {}),
      ),
    ),
  };
});

function resolved(schema: Schema = {}): Schema {
  return schema.$ref ? (components.schemas[schema.$ref.split("/").at(-1) ?? ""] ?? {}) : schema;
}

describe.each(told)("$name tells", ({ route, inQuery, inPath, inHeaders, contents, fields }) => {
  test("every parameter of its path", () => {
    expect(inPath).toEqual(route.path.match(/\{\w+\}/g) ?? []);
  });

  test("of what kind each of its answers is", () => {
    for (const content of contents) {
      for (const { schema } of Object.values(content)) {
        expect(Object.keys(schema ?? {})).not.toEqual([]);
      }
    }
  });

  test("where its answer goes on, and takes that up again", () => {
    expect(inQuery.includes("cursor")).toBe(fields.includes("cursor"));
  });

  test("that it can be repeated, where it can", () => {
    const problems = route.problems ?? [];
    expect(inHeaders.includes("Idempotency-Key")).toBe(
      problems.includes("invalid-idempotency-key"),
    );
  });
});

/** All that can be said in these bodies has a default. */
const mayBeEmpty = new Set([
  "POST /v1/images/uploads",
  ...["POST /v1/keys", "POST /v1/keys/{key}/rotate"],
  ...["POST /admin/v1/tenants/{tenant}/keys", "POST /admin/v1/tenants/{tenant}/keys/{key}/rotate"],
]);

const withBody = told.filter(({ route }) => route.requestBody !== undefined);
test.each(withBody)("$name says of what kind its body is, and whether it needs one", (each) => {
  const { required = false, content } = each.route.requestBody as {
    required?: boolean;
    content: Content;
  };
  expect(required).toBe(!mayBeEmpty.has(each.name));
  expect(Object.values(content).map(({ schema }) => Object.keys(schema ?? {}))).not.toContainEqual(
    [],
  );
  expect(Object.keys(content)).not.toEqual([]);
});

test("a rendition's number is told to be below the number of outputs that a job may have", () => {
  const parameters = told.find(({ name }) => name.endsWith("/outputs/{index}"))?.route.parameters;
  expect(parameters).toContainEqual(
    expect.objectContaining({
      name: "index",
      schema: { type: "integer", minimum: 0, maximum: limits.outputsMax - 1 },
    }),
  );
});
