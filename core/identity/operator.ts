import * as z from "zod/mini";
import type { OperatorToken } from "./api-key.ts";
import { displayName } from "./display-name.ts";
import type { OperatorId } from "./ids.ts";

/**
 * Who runs the service. An owner may do everything; support may read everything except statements; billing may
 * read tenants and statements, change what a tenant may spend, and credit statements.
 */
export const roles = ["owner", "support", "billing"] as const;
export type Role = (typeof roles)[number];

/** A person or a program that manages the service, as lists show it. */
export interface Operator {
  readonly id: OperatorId;
  readonly name: string;
  readonly role: Role;
  /** The e-mail address that Cloudflare Access confirms; null: known by its token alone. */
  readonly email: string | null;
  readonly createdAt: number;
  readonly revokedAt: number | null;
}

/** The one answer that holds the token. */
export interface CreatedOperator extends Operator {
  readonly token: OperatorToken;
}

export type CreateOperator = z.infer<typeof createOperatorSchema>;
export const createOperatorSchema = z.strictObject({
  name: displayName,
  role: z.enum(roles),
  email: z.optional(z.email()),
});
