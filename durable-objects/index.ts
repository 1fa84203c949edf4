/** The Durable Objects. This Worker answers no requests of its own. */
export { Directory } from "./directory/directory.ts";
export { RegionFigures } from "./figures/region-figures.ts";
export { TenantLedger } from "./ledger/tenant-ledger.ts";

export default {
  fetch: () => new Response("Not Found", { status: 404 }),
} satisfies ExportedHandler;
