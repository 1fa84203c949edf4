import type { LedgerAccount } from "../../../durable-objects/ledger/ledger-calls.ts";
import { callLedgers } from "../call-ledger.ts";
import { accountDocument, accountSchema } from "../documents/account-document.ts";
import { jsonContent } from "../documents/openapi-parts.ts";
import { json } from "../http/responses.ts";
import type { Route } from "../route.ts";

export const getMe: Route = {
  method: "GET",
  path: "/v1/me",
  caller: "tenant",
  scope: null,
  operationId: "getMe",
  summary: "Get your account, its limits and what is left of them",
  tag: "Account",
  description:
    "Jobs in flight count as used until they end, and a picture counts as stored as soon as it is sent. `notices` lists the caps that have reached 80 or 100 %. `apartUntil`: new jobs are rendered one by one until then, because too many of your pictures made their render crash or time out; null: they are not.",
  responses: { "200": { description: "The account", content: jsonContent(accountSchema) } },
  async handle(call, identity) {
    const { limits, limitsVersion } = identity;
    const { answers, harvest } = await call.timing.measure("ledger", () =>
      callLedgers(call, identity, async (ledger): Promise<LedgerAccount> =>
        ledger.account({ limits, limitsVersion }),
      ),
    );
    return json({ ...accountDocument(identity, answers.reduce(together)), ledgers: harvest });
  },
};

/** What two ledgers of one tenant know of it. */
function together(one: LedgerAccount, other: LedgerAccount): LedgerAccount {
  const newer = other.terms.version > one.terms.version ? other : one;
  const names = Object.keys(one.used) as (keyof LedgerAccount["used"])[];
  const sums = names.map((name) => [name, one.used[name] + other.used[name]]);
  const apart = [one, other].flatMap(({ apartUntil }) => apartUntil ?? []);
  return {
    terms: newer.terms,
    used: Object.fromEntries(sums) as LedgerAccount["used"],
    // One region has all of them.
    stored: {
      images: (one.stored?.images ?? 0) + (other.stored?.images ?? 0),
      bytes: (one.stored?.bytes ?? 0) + (other.stored?.bytes ?? 0),
    },
    notices: [...one.notices, ...other.notices].toSorted((left, right) => right.at - left.at),
    ...(apart.length > 0 && { apartUntil: Math.max(...apart) }),
  };
}
