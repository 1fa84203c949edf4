import * as z from "zod/mini";

/** Ids are a prefix and a ULID in lower case: they sort by age and name a thing in lists and logs without being one. */
export const tenantIdSchema = z.templateLiteral(["tnt_", ulidText()]);
export const keyIdSchema = z.templateLiteral(["key_", ulidText()]);
export const operatorIdSchema = z.templateLiteral(["opr_", ulidText()]);
export type TenantId = z.infer<typeof tenantIdSchema>;
export type KeyId = z.infer<typeof keyIdSchema>;
export type OperatorId = z.infer<typeof operatorIdSchema>;

export const tenantId = (ulid: string): TenantId => `tnt_${ulid.toLowerCase()}`;
export const keyId = (ulid: string): KeyId => `key_${ulid.toLowerCase()}`;
export const operatorId = (ulid: string): OperatorId => `opr_${ulid.toLowerCase()}`;

function ulidText() {
  return z.string().check(z.regex(/^[0-7][0-9a-hjkmnp-tv-z]{25}$/));
}
