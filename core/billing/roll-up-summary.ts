import type { Harvest } from "./statement.ts";

/** What one roll-up did. */
export interface RollUpSummary {
  readonly tenants: number;
  /** Whether tenants are left for the next roll-up. */
  readonly more: boolean;
  readonly ledgers: Harvest;
  /** Segments read for the first time. */
  readonly segments: number;
  /** Statements worked out, and how many of them differ from what was stored. */
  readonly statements: number;
  readonly changed: number;
}

export interface RollUpAsked {
  /** Includes a preview of the running hour. */
  readonly preview: boolean;
  /** Only this tenant, out of turn. */
  readonly tenant?: string | null;
  /** From its first segment. */
  readonly again?: boolean;
}
