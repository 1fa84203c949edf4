import { isMonth, monthOf, monthPattern } from "../../../../core/ledger/usage.ts";
import { limits } from "../../../../core/limits.ts";
import { problem, type Problem } from "../../../../core/problem.ts";
import {
  jsonContent,
  pathParameter,
  queryParameter,
  matching,
} from "../../documents/openapi-parts.ts";
import {
  headsSchema,
  keysSchema,
  monthLogSchema,
  provenHeadsSchema,
  provenHourSchema,
} from "../../documents/transparency-document.ts";
import { json, refuse } from "../../http/responses.ts";
import { receiptKeys } from "../../receipts.ts";
import type { Route } from "../../route.ts";
import { fromBooks } from "./from-books.ts";

const hourPattern = /^\d{4}-(0[1-9]|1[0-2])-\d{2}T([01]\d|2[0-3])$/;
const hourParameter = pathParameter(
  "hour",
  "The hour as YYYY-MM-DDTHH (UTC)",
  matching(hourPattern),
);

export const getJwks: Route = {
  method: "GET",
  path: "/.well-known/jwks.json",
  caller: "anyone",
  operationId: "getJwks",
  summary: "Get the public keys of the books",
  tag: "Billing",
  description:
    "A JWK set (RFC 7517) of Ed25519 keys: those of the witness, then those of receipts (`purpose`). The first of each signs now; the others did until `retired`. Each `kid` is the key's RFC 7638 thumbprint.",
  responses: { "200": { description: "The keys", content: jsonContent(keysSchema) } },
  problems: ["unavailable"],
  async handle({ env }) {
    return fromBooks(env.BOOKS.publicKeys(), (found) => {
      if (found === null) return refuse(withoutKeys);
      const receipts = receiptKeys(env)?.publicKeys.keys ?? [];
      const all = { keys: [...found.keys, ...receipts] };
      return json(all, { headers: { "Cache-Control": `public, max-age=${limits.publicSeconds}` } });
    });
  },
};

export const getTransparency: Route = {
  method: "GET",
  path: "/v1/transparency",
  caller: "anyone",
  operationId: "getTransparency",
  summary: "Get the witness's log of a month",
  tag: "Billing",
  description:
    "Every hour in which a chain of usage records grew, with the Merkle root over the heads of those chains, and the signed root of the month's tree after it (RFC 6962). The tree's first leaf is the last root of the month before.",
  parameters: [
    queryParameter(
      "month",
      "The month as YYYY-MM (UTC). Default: this month",
      matching(monthPattern),
    ),
  ],
  responses: { "200": { description: "The log", content: jsonContent(monthLogSchema) } },
  problems: ["invalid-option", "not-found", "unavailable"],
  async handle({ env, url }) {
    const month = url.searchParams.get("month") ?? monthOf(Date.now());
    if (!isMonth(month)) return refuse(invalid("month", "a month like 2026-01"));
    return fromBooks(env.BOOKS.monthLog(month), (log) =>
      log ? json(log) : refuse(notLogged(month)),
    );
  },
};

export const getTransparencyHour: Route = {
  method: "GET",
  path: "/v1/transparency/{hour}",
  caller: "anyone",
  operationId: "getTransparencyHour",
  summary: "Get one hour of the witness's log, with proofs",
  tag: "Billing",
  description:
    "The signed root of the month's tree after this hour, and the proof of its first leaf. With `since`, also the proof that the tree of that earlier hour is a beginning of this one. Hours in which no chain grew are absent; an hour is logged six minutes after its end.",
  parameters: [
    hourParameter,
    queryParameter(
      "since",
      "An earlier hour of the same month, to prove consistency with",
      matching(hourPattern),
    ),
  ],
  responses: { "200": { description: "The hour", content: jsonContent(provenHourSchema) } },
  problems: ["invalid-option", "not-found", "unavailable"],
  async handle({ env, params, url }) {
    const hour = params.hour ?? "";
    const since = url.searchParams.get("since");
    if (!isHour(hour)) return refuse(invalid("hour", "an hour like 2026-01-31T13"));
    if (since !== null && !isHour(since)) {
      return refuse(invalid("since", "an hour like 2026-01-31T13"));
    }
    return fromBooks(env.BOOKS.loggedHour(hour, since), (proven) =>
      proven ? json(proven) : refuse(notLogged(since ? `${since} and ${hour}` : hour)),
    );
  },
};

export const getLoggedHeads: Route = {
  method: "GET",
  path: "/v1/transparency/{hour}/heads",
  caller: "tenant",
  scope: "usage:read",
  operationId: "getLoggedHeads",
  summary: "Get the heads of your chains in an hour of the log",
  tag: "Billing",
  description:
    "The heads of your own chains that were logged in the hour, each with the proof that it is under the hour's `headsRoot`. None, if none of them grew.",
  parameters: [hourParameter],
  responses: { "200": { description: "The heads", content: jsonContent(provenHeadsSchema) } },
  problems: ["invalid-option"],
  async handle({ env, params }, { tenant }) {
    const hour = params.hour ?? "";
    if (!isHour(hour)) return refuse(invalid("hour", "an hour like 2026-01-31T13"));
    return fromBooks(env.BOOKS.loggedHeads(tenant, hour), (heads) => json({ heads }));
  },
};

export const getHeads: Route = {
  method: "GET",
  path: "/v1/heads",
  caller: "tenant",
  scope: "usage:read",
  operationId: "getHeads",
  summary: "Get the newest heads of your chains",
  tag: "Billing",
  description:
    "The last sealed record of each of your ledgers that the witness has verified, signed. Its hash covers every record before it. Within two hours it is in the log too. With `month`, also the last credit note of that month's statement, if there is one.",
  parameters: [
    queryParameter(
      "month",
      "A month as YYYY-MM (UTC), for the head of its credit notes",
      matching(monthPattern),
    ),
  ],
  responses: { "200": { description: "The heads", content: jsonContent(headsSchema) } },
  problems: ["invalid-option"],
  async handle({ env, url }, { tenant }) {
    const month = url.searchParams.get("month");
    if (month !== null && !isMonth(month)) return refuse(invalid("month", "a month like 2026-01"));
    return fromBooks(env.BOOKS.heads(tenant, month), (heads) => json({ heads }));
  },
};

const isHour = (text: string): boolean =>
  hourPattern.test(text) && Number.isFinite(Date.parse(`${text}:00:00.000Z`));

const invalid = (option: string, wanted: string): Problem =>
  problem("invalid-option", `${option} must be ${wanted}.`, { option });

const notLogged = (what: string): Problem =>
  problem(
    "not-found",
    `Nothing is logged for ${what}. An hour is logged six minutes after its end.`,
  );

export const withoutKeys = problem(
  "misconfigured",
  "The billing Worker has no secret WITNESS_KEYS. Make one with npm run books -- key.",
);
