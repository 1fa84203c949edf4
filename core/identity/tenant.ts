import * as z from "zod/mini";
import { limits } from "../limits.ts";
import type { ApiKey } from "./api-key.ts";

/**
 * Who may use the service, and how much of it. These schemas read the admin's requests, and the OpenAPI
 * document is made from the same ones.
 */

export const tenantIdSchema = z.templateLiteral(["tnt_", ulidText()]);
export const keyIdSchema = z.templateLiteral(["key_", ulidText()]);
/** `tnt_` and a ULID in lower case: sorts by age. */
export type TenantId = z.infer<typeof tenantIdSchema>;
/** `key_` and a ULID in lower case. Names a key in lists, ledgers and logs without being one. */
export type KeyId = z.infer<typeof keyIdSchema>;

export const tenantId = (ulid: string): TenantId => `tnt_${ulid.toLowerCase()}`;
export const keyId = (ulid: string): KeyId => `key_${ulid.toLowerCase()}`;

const monthly = (unit: string) =>
  z
    .nullable(z.int().check(z.minimum(0), z.maximum(limits.monthlyQuotaMax)))
    .check(
      z.meta({ description: `${unit} a calendar month (UTC); null: no quota.`, default: null }),
    );

const limitFields = {
  requestsPerSecond: z.int().check(
    z.minimum(1),
    z.maximum(limits.requestsPerSecondMax),
    z.meta({
      description: "New jobs a second, sustained.",
      default: limits.requestsPerSecondDefault,
    }),
  ),
  burst: z
    .int()
    .check(
      z.minimum(1),
      z.maximum(limits.burstMax),
      z.meta({ description: "New jobs at once after a pause. Default: two seconds' worth." }),
    ),
  jobsPerMonth: monthly("Jobs"),
  computeUnitsPerMonth: monthly("Compute units"),
  jobsInFlight: z.int().check(
    z.minimum(1),
    z.maximum(limits.jobsInFlightMax),
    z.meta({
      description: "Jobs accepted and not settled yet.",
      default: limits.jobsInFlightDefault,
    }),
  ),
};

/** Every bound on one tenant, complete: what the tenant's ledger decides by. */
export type TenantLimits = Readonly<z.infer<typeof tenantLimitsSchema>>;
/** Reads stored limits. A field this version does not know is left out rather than refused. */
export const tenantLimitsSchema = z.object(limitFields);

/** Printable text: it is shown in lists and logs. */
const displayName = z
  .string()
  .check(
    z.trim(),
    z.minLength(1),
    z.maxLength(limits.nameCharsMax),
    z.regex(/^[^\p{Cc}\p{Cs}]*$/u, "Control characters cannot be shown"),
  );

export type CreateTenant = z.infer<typeof createTenantSchema>;
export const createTenantSchema = z.strictObject({
  name: displayName,
  limits: z.optional(z.partial(z.strictObject(limitFields))),
});

export type CreateKey = z.infer<typeof createKeySchema>;
export const createKeySchema = z.strictObject({ name: z.optional(displayName) });

/** Fills in what the admin left open. */
export function completeLimits(chosen: CreateTenant["limits"] = {}): TenantLimits {
  const requestsPerSecond = chosen.requestsPerSecond ?? limits.requestsPerSecondDefault;
  return {
    requestsPerSecond,
    burst: chosen.burst ?? 2 * requestsPerSecond,
    jobsPerMonth: chosen.jobsPerMonth ?? null,
    computeUnitsPerMonth: chosen.computeUnitsPerMonth ?? null,
    jobsInFlight: chosen.jobsInFlight ?? limits.jobsInFlightDefault,
  };
}

/** Times here and below are the Directory's clock, epoch milliseconds. */
export interface Tenant {
  readonly id: TenantId;
  readonly name: string;
  readonly limits: TenantLimits;
  readonly createdAt: number;
}

/** A key as lists show it; the key itself is in `CreatedKey` only. */
export interface Key {
  readonly id: KeyId;
  readonly name: string | null;
  readonly hint: string;
  readonly createdAt: number;
  readonly revokedAt: number | null;
}

/** The one answer that holds the key itself: it is stored nowhere and cannot be shown again. */
export interface CreatedKey extends Key {
  readonly key: ApiKey;
}

function ulidText() {
  return z.string().check(z.regex(/^[0-7][0-9a-hjkmnp-tv-z]{25}$/));
}
