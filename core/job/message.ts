/**
 * What travels through the queue: which ledger to ask about which job. The work itself stays in the
 * ledger, so that a message can be lost, doubled or old and still do no harm. Versioned, because during
 * a gradual deployment a message can be read by another version than the one that wrote it.
 */
export interface JobMessage {
  readonly version: 1;
  readonly ledger: string;
  readonly job: string;
}

/** Null for anything that is not a message of this version: a consumer drops it and says so. */
export function parseJobMessage(body: unknown): JobMessage | null {
  if (typeof body !== "object" || body === null) return null;
  const { version, ledger, job } = body as Record<string, unknown>;
  if (version !== 1 || typeof ledger !== "string" || typeof job !== "string") return null;
  if (!/^[\w-]+\/[a-z0-9]+\/\d+$/.test(ledger)) return null;
  return { version, ledger, job };
}
