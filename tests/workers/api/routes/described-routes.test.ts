import { describe, expect, test } from "vitest";
import { limits } from "../../../../core/limits.ts";
import { openApiDocument } from "../../../../workers/api/openapi.ts";
import { listHosts } from "../../../../workers/api/routes/admin/hosts.ts";
import { createJob } from "../../../../workers/api/routes/create-job.ts";
import { routes } from "../../../../workers/api/routes/route-table.ts";

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly description: string;
  readonly schema: Schema;
}

interface Schema {
  readonly $ref?: string;
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
}

type Content = Readonly<Record<string, { readonly schema: Schema }>>;

const { components } = openApiDocument(routes) as {
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
};

const told = routes.map((route) => {
  const parameters = (route.parameters ?? []) as readonly Parameter[];
  const contents = Object.values(route.responses).map(({ content = {} }) => content as Content);
  return {
    name: `${route.method} ${route.path}`,
    route,
    parameters,
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

/** Whether it leaves nothing open: every part has a type, every object fields, and those it must have among them. */
function isWhole(schema: Schema): boolean {
  const {
    $ref,
    type,
    anyOf = [],
    items,
    properties = {},
    required = [],
    additionalProperties,
  } = schema;
  if ($ref !== undefined) return true;
  const parts = [...Object.values(properties), ...anyOf, ...(items ? [items] : [])];
  return (
    (type !== undefined || anyOf.length > 0) &&
    (type !== "object" || parts.length > 0 || Boolean(additionalProperties)) &&
    required.every((name) => name in properties) &&
    parts.every(isWhole)
  );
}

const partialIn = (content: Content): Schema[] =>
  Object.values(content).flatMap(({ schema }) => (isWhole(schema) ? [] : schema));

describe.each(told)("$name tells", (each) => {
  const { route, parameters, inQuery, inPath, inHeaders, contents, fields } = each;

  test("every parameter of its path", () => {
    expect(inPath).toEqual(route.path.match(/\{\w+\}/g) ?? []);
  });

  test("of what kind each of its parameters is", () => {
    expect(parameters.filter(({ schema }) => !isWhole(schema))).toEqual([]);
  });

  test("of what kind each of its answers is, and in words", () => {
    const withoutBody = Object.entries(route.responses).filter(
      ([, { content = {} }]) => Object.keys(content).length === 0,
    );
    expect(["204", "304"]).toEqual(expect.arrayContaining(withoutBody.map(([status]) => status)));
    expect(Object.keys(route.responses)).not.toEqual([]);
    for (const { description } of Object.values(route.responses)) expect(description).toBeTruthy();
    const partial = contents.flatMap((content) => partialIn(content));
    // The document itself is described by its own standard.
    expect(partial).toEqual(route.path === "/openapi.json" ? [{ type: "object" }] : []);
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

/** Of dialects it is said only that they are read. */
const hasDialects = "PATCH /v1/delivery";

const withBody = told.filter(({ route }) => route.requestBody !== undefined);
test.each(withBody)("$name says of what kind its body is, and whether it needs one", (each) => {
  const { required = false, content } = each.route.requestBody as {
    required?: boolean;
    content: Content;
  };
  expect(required).toBe(!mayBeEmpty.has(each.name));
  expect(partialIn(content)).toHaveLength(each.name === hasDialects ? 1 : 0);
  expect(Object.keys(content)).not.toEqual([]);
});

const withForm = withBody.flatMap(({ name, route }) => {
  const { content } = route.requestBody as { content: Content };
  const form = content["multipart/form-data"];
  return form ? [{ name, form: form.schema }] : [];
});
test.each(withForm)("$name says that a form must have a picture", ({ form }) => {
  expect(form.required).toEqual(["image"]);
});

test("how large an overlay may be is told in figures that people read", () => {
  const { properties } = withForm.find(({ name }) => name === "POST /v1/jobs")?.form ?? {};
  expect(properties?.overlay?.description).toMatch(
    /at most \d{1,2} MiB and \d{1,2} million pixels/,
  );
});

test("how large a stored picture may be, and how long an upload address works, too", () => {
  const described = (operationId: string) =>
    told.find(({ route }) => route.operationId === operationId)?.route.description;
  expect(described("createImage")).toMatch(/ up to \d{2,3} MiB /);
  expect(described("createUpload")).toMatch(/ for \d{1,2} minutes /);
});

test("as many options are told of for a URL as for a job, whose outputs are named once each", () => {
  const options = told.find(({ name }) => name === "POST /v1/jobs")?.inQuery ?? [];
  const [, asked] = told.find(({ name }) => name.startsWith("GET /t/"))?.parameters ?? [];
  expect(options).toContain("output");
  expect(asked?.description).toContain(` ${options.length - 1} of them`);
});

test("a refused or failed job's answer tells the rate, and where the job is", () => {
  expect(createJob.problemHeaders).toMatchObject({
    "422": { Location: {}, RateLimit: {} },
    "503": { RateLimit: {} },
  });
});

test("the two names of a host are told apart", () => {
  expect(JSON.stringify(listHosts.responses["200"])).toContain("Where the pictures are.");
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

test("the log of heads can be asked for by its month", () => {
  const log = told.find(({ route }) => route.operationId === "getTransparency");
  expect(log?.inQuery).toEqual(["month"]);
});
