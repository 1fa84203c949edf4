/** What is remembered: the objects of this Worker, which answers no request of its own. */
export { Directory } from "./directory.ts";
export { TenantLedger } from "./tenant-ledger.ts";

export default {
  fetch: () => new Response("Not Found", { status: 404 }),
} satisfies ExportedHandler;
