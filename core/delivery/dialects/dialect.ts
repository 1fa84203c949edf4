import type { Reading } from "../asked.ts";

/** Another service's way of writing a picture's URL, so that its clients work here unchanged. */
export interface Dialect {
  /** As a tenant switches it on. */
  readonly name: string;
  /** Null: the path does not belong to this dialect. */
  readonly read: (request: DialectRequest) => Reading | null;
}

/** The URL below the tenant's root, as it was received: signatures cover this text and no rebuilt one. */
export interface DialectRequest {
  /** From the first slash, percent-escapes untouched. */
  readonly path: string;
  /** Without the question mark; empty if there is no query. */
  readonly query: string;
  readonly secrets: DialectSecrets;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** What signed dialects are checked with. A dialect without a secret here takes unsigned URLs. */
export interface DialectSecrets {
  /** Pairs in hex, each tried: two are live while keys are rotated. */
  readonly imgproxy?: readonly { readonly key: string; readonly salt: string }[];
  readonly imgix?: readonly string[];
  readonly imagedelivery?: readonly string[];
}
