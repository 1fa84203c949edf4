import { ledgerName } from "../../../core/job/ledger-address.ts";
import { privateHeaders } from "../output.ts";
import { notFound } from "../http/responses.ts";
import { pathParameter, matching } from "../documents/openapi-parts.ts";
import type { Route } from "../route.ts";
import { fromBooks } from "./books/from-books.ts";
import { regionNamePattern } from "../../../core/fleet/region-name.ts";
import { limits } from "../../../core/limits.ts";

export const getSegment: Route = {
  method: "GET",
  path: "/v1/segments/{region}/{shard}/{number}",
  caller: "tenant",
  scope: "usage:read",
  operationId: "getSegment",
  summary: "Fetch a sealed usage record",
  tag: "Billing",
  description:
    "JSON lines: a header with the SHA-256 of the previous segment, then one event for each job that ended. A statement names the segments that it is computed from.",
  parameters: [
    pathParameter(
      "region",
      "The ledger's region, the second part of its name",
      matching(regionNamePattern),
    ),
    pathParameter("shard", "The ledger's shard, the third part of its name", {
      type: "integer",
      minimum: 0,
      maximum: limits.shardsMax - 1,
    }),
    pathParameter("number", "The segment's number, counted from 1", {
      type: "integer",
      minimum: 1,
    }),
  ],
  responses: {
    "200": {
      description: "The segment, byte for byte as it was sealed",
      content: { "application/x-ndjson": { schema: { type: "string" } } },
    },
  },
  problems: ["not-found"],
  async handle({ env, params }, { tenant }) {
    const { region = "", shard = "", number = "" } = params;
    if (
      !/^\d{1,4}$/.test(shard) ||
      Number(shard) >= limits.shardsMax ||
      !/^[1-9]\d{0,9}$/.test(number)
    )
      return notFound();
    if (!env.FLEET.regions.some(({ name }) => name === region)) return notFound();
    const ledger = ledgerName({ tenant, region, shard: Number(shard) });
    const headers = privateHeaders(new Headers({ "Content-Type": "application/x-ndjson" }));
    return fromBooks(env.BOOKS.segment(ledger, Number(number)), (segment) =>
      segment ? new Response(segment, { headers }) : notFound(),
    );
  },
};
