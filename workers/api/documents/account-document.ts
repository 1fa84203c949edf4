import * as z from "zod/mini";
import { scopes } from "../../../core/identity/scopes.ts";
import type { Identity } from "../../../core/identity/standing.ts";
import { nothingStored } from "../../../core/ledger/stored.ts";
import type { LedgerAccount } from "../../../durable-objects/ledger/ledger-calls.ts";
import { answeredSchema } from "./statement-document.ts";
import { limitsSchema } from "./tenant-document.ts";

const used = z.object({
  jobsInFlight: z.int(),
  jobsThisMonth: z.int(),
  computeUnitsThisMonth: z.int(),
  spendMicrosThisMonth: z.int(),
  storedImages: z.int(),
  storedBytes: z.int(),
});
const left = z.object({
  jobsInFlight: z.int(),
  jobsPerMonth: z.nullable(z.int()),
  computeUnitsPerMonth: z.nullable(z.int()),
  spendMicrosPerMonth: z.nullable(z.int()),
  storedImages: z.int(),
  storedBytes: z.int(),
});
const notice = z.object({
  month: z.string(),
  limit: z.string(),
  share: z.number(),
  at: z.iso.datetime(),
});

/** The tenant and key of the request, what they may do, and how much of that is left. */
export const accountSchema = z
  .object({
    tenant: z.string(),
    key: z.string(),
    scopes: z.array(z.enum(scopes)),
    expiresAt: z.nullable(z.iso.datetime()),
    limits: limitsSchema,
    used,
    left,
    notices: z.array(notice),
    apartUntil: z.nullable(z.iso.datetime()),
    ledgers: answeredSchema,
  })
  .register(z.globalRegistry, { id: "Account" });

export function accountDocument(
  { tenant, key, scopes: granted, expiresAt }: Identity,
  { terms: { limits }, used, stored = nothingStored, notices, apartUntil }: LedgerAccount,
): Omit<z.infer<typeof accountSchema>, "ledgers"> {
  const remaining = (limit: number | null, taken: number) =>
    limit === null ? null : Math.max(0, limit - taken);
  return {
    tenant,
    key,
    scopes: [...granted],
    expiresAt: expiresAt === null ? null : new Date(expiresAt).toISOString(),
    limits,
    used: { ...used, storedImages: stored.images, storedBytes: stored.bytes },
    left: {
      jobsInFlight: Math.max(0, limits.jobsInFlight - used.jobsInFlight),
      jobsPerMonth: remaining(limits.jobsPerMonth, used.jobsThisMonth),
      computeUnitsPerMonth: remaining(limits.computeUnitsPerMonth, used.computeUnitsThisMonth),
      spendMicrosPerMonth: remaining(limits.spendMicrosPerMonth, used.spendMicrosThisMonth),
      storedImages: Math.max(0, limits.storedImagesMax - stored.images),
      storedBytes: Math.max(0, limits.storedBytesMax - stored.bytes),
    },
    notices: notices.map(({ month, name, share, at }) => ({
      month,
      limit: name,
      share,
      at: new Date(at).toISOString(),
    })),
    apartUntil: apartUntil === undefined ? null : new Date(apartUntil).toISOString(),
  };
}
