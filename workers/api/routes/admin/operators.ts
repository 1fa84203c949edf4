import * as z from "zod/mini";
import { isAdmin } from "../../../../core/identity/admin-token.ts";
import { createOperatorSchema, type CreatedOperator } from "../../../../core/identity/operator.ts";
import { limits } from "../../../../core/limits.ts";
import { problem } from "../../../../core/problem.ts";
import { callObject, directoryOf } from "../../call-object.ts";
import { jsonContent } from "../../documents/openapi-parts.ts";
import { operatorParameter } from "../../documents/parameters.ts";
import {
  createdOperatorSchema,
  operatorDocument,
  operatorSchema,
} from "../../documents/tenant-document.ts";
import { readJson } from "../../http/json-body.ts";
import { json, notFound, refuse } from "../../http/responses.ts";
import { bodyProblems } from "../../manage-keys.ts";
import { clientAddress, type Route } from "../../route.ts";

const path = "/admin/v1/operators";
const answersCreated = {
  "201": { description: "The operator", content: jsonContent(createdOperatorSchema) },
};

export const createFirstOwner: Route = {
  method: "POST",
  path: "/admin/v1/first-owner",
  caller: "deployer",
  operationId: "createFirstOwner",
  summary: "Create the first owner",
  tag: "Administration",
  description:
    "Needs the deployment's ADMIN_TOKEN, and works only until the first operator exists. This answer is the only one that contains the owner's token.",
  requestBody: { required: true, content: jsonContent(createOperatorSchema) },
  responses: answersCreated,
  problems: [...bodyProblems, "conflict"],
  async handle(call) {
    const { request, env } = call;
    if (!isAdmin(request.headers.get("Authorization"), env.ADMIN_TOKEN)) {
      return refuse(problem("admin-only", "Send the deployment's ADMIN_TOKEN as a bearer token."));
    }
    const body = await readJson(request, createOperatorSchema);
    if (!body.ok) return refuse(body.error);
    const created = await directoryOf(env).createFirstOwner(body.value, clientAddress(call));
    if (created.ok) return answer(created.value);
    return refuse(problem("conflict", "There is an owner already. Use an operator's token."));
  },
};

export const createOperator: Route = {
  method: "POST",
  path,
  caller: "operator",
  roles: ["owner"],
  operationId: "createOperator",
  summary: "Create an operator",
  tag: "Administration",
  description:
    "With an `email`, the person who signs in through Cloudflare Access with it is this operator. This answer is the only one that contains the token.",
  requestBody: { required: true, content: jsonContent(createOperatorSchema) },
  responses: answersCreated,
  problems: [...bodyProblems, "conflict"],
  async handle({ request, env }, by) {
    const body = await readJson(request, createOperatorSchema);
    if (!body.ok) return refuse(body.error);
    const created = await directoryOf(env).createOperator(body.value, by);
    if (created.ok) return answer(created.value);
    return refuse(
      problem(
        "conflict",
        `An operator has this address already, or there are ${limits.operatorsMax}, the maximum.`,
      ),
    );
  },
};

const listSchema = z.object({ operators: z.array(operatorSchema) });

export const listOperators: Route = {
  method: "GET",
  path,
  caller: "operator",
  roles: ["owner", "support"],
  operationId: "listOperators",
  summary: "List operators",
  tag: "Administration",
  description: "All operators, with their roles.",
  responses: { "200": { description: "The operators", content: jsonContent(listSchema) } },
  async handle({ env }) {
    const operators = await callObject(async () => directoryOf(env).listOperators());
    return json({ operators: operators.map(operatorDocument) });
  },
};

export const revokeOperator: Route = {
  method: "DELETE",
  path: `${path}/{operator}`,
  caller: "operator",
  roles: ["owner"],
  operationId: "revokeOperator",
  summary: "Revoke an operator",
  tag: "Administration",
  description: "Permanent, and at once. The last owner cannot be revoked.",
  parameters: [operatorParameter],
  responses: { "200": { description: "The operator", content: jsonContent(operatorSchema) } },
  problems: ["not-found", "conflict"],
  async handle({ params, env }, by) {
    const revoked = await callObject(async () =>
      directoryOf(env).revokeOperator(params.operator ?? "", by),
    );
    if (revoked.ok) return json(operatorDocument(revoked.value));
    if (revoked.error === "not-found") return notFound();
    return refuse(problem("conflict", "This is the last owner. Create another one first."));
  },
};

function answer({ token, ...operator }: CreatedOperator): Response {
  return json({ ...operatorDocument(operator), token }, { status: 201 });
}
