import * as z from "zod/mini";

/** Which of a tenant's ledgers an answer comes from. */
export const answeredSchema = z
  .object({
    included: z.int().check(z.meta({ description: "Ledgers in this answer." })),
    known: z.int().check(z.meta({ description: "Ledgers that there are." })),
    missing: z.array(z.string()).check(z.meta({ description: "Regions that did not answer." })),
  })
  .register(z.globalRegistry, { id: "Answered" });
