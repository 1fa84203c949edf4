import { limits } from "../../../core/limits.ts";
import { auditPageSchema } from "../documents/audit-document.ts";
import { jsonContent } from "../documents/openapi-parts.ts";
import { pageParameters } from "../documents/parameters.ts";
import type { Route } from "../route.ts";
import { readTrail } from "./admin/audit.ts";

export const getMyAudit: Route = {
  method: "GET",
  path: "/v1/audit",
  caller: "tenant",
  scope: "keys:admin",
  rate: "views of settings",
  operationId: "getMyAudit",
  summary: "Read your audit trail, oldest first",
  tag: "Account",
  description: `Every change of your tenant and its keys: who, what, before, after, when and from where. A page has ${limits.pageSizeDefault} entries at most.`,
  parameters: pageParameters,
  responses: { "200": { description: "A page of changes", content: jsonContent(auditPageSchema) } },
  problems: ["invalid-option"],
  handle: (call, { tenant }) => readTrail(call, tenant),
};
