import * as z from "zod/mini";
import { priceLists } from "../../../../core/billing/price-list.ts";
import { jsonContent } from "../../documents/openapi-parts.ts";
import { json } from "../../http/responses.ts";
import type { Route } from "../../route.ts";

const schema = z.object({
  priceLists: z.array(
    z.object({
      version: z.string(),
      from: z.string(),
      currency: z.literal("USD"),
      prices: z.array(
        z.object({
          item: z.string(),
          unit: z.string(),
          counts: z.string(),
          priceMicros: z.int(),
          per: z.int(),
          tiers: z.optional(z.array(z.object({ above: z.int(), priceMicros: z.int() }))),
        }),
      ),
    }),
  ),
});

export const getPriceLists: Route = {
  method: "GET",
  path: "/v1/price-lists",
  caller: "anyone",
  operationId: "getPriceLists",
  summary: "Get all price lists",
  tag: "Billing",
  description:
    "Oldest first. Each applies from the month `from` until the next; a published list never changes. `counts` names the figure of a statement's `usage` that is billed; `priceMicros` are micro-units of the currency for every `per` units; with `tiers`, a month's units beyond `above` cost another price.",
  responses: { "200": { description: "The lists", content: jsonContent(schema) } },
  handle: () => json({ priceLists }),
};
