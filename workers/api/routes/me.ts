import { ledgerForNewJob, ledgerName } from "../../../core/job/ledger-address.ts";
import { callObject, ledgerOf } from "../call-object.ts";
import { accountDocument, accountSchema } from "../documents/account-document.ts";
import { jsonContent } from "../documents/openapi-parts.ts";
import { json } from "../http/responses.ts";
import { nearestRegion } from "../regions.ts";
import type { Route } from "../route.ts";

export const getMe: Route = {
  method: "GET",
  path: "/v1/me",
  caller: "tenant",
  scope: null,
  operationId: "getMe",
  summary: "See who is asking, your limits and what is left of them",
  tag: "Account",
  description:
    "Work that is in flight counts as used until it ends. `notices` tells of caps of which 80 or 100 per cent was reached.",
  responses: { "200": { description: "The account", content: jsonContent(accountSchema) } },
  async handle({ request, env, timing }, identity) {
    const ledger = ledgerName(ledgerForNewJob(identity.tenant, nearestRegion(env, request), null));
    const { limits, limitsVersion } = identity;
    const account = await timing.measure("ledger", () =>
      callObject(async () => ledgerOf(env, ledger).account({ limits, limitsVersion })),
    );
    return json(accountDocument(identity, account));
  },
};
