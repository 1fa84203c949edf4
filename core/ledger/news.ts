import { hourMillis } from "./usage.ts";

/**
 * How a ledger tells the books that it has stored something: an empty object under `news/<hour>/<ledger>`,
 * put once an hour at most, before the events leave the ledger. The hour is that of the put, by the
 * ledger's clock. So the books ask the ledgers that have news, and not all that there are.
 */
export interface News {
  /** Start of the hour, epoch milliseconds. */
  readonly hour: number;
  readonly tenant: string;
}

export const newsPrefix = "news/";

/** In the order of the hours when listed. */
export function newsKey(hour: number, ledger: string): string {
  return `${newsPrefix}${new Date(hour).toISOString().slice(0, 13)}/${ledger}`;
}

/** Null for a key that is not news. */
export function parseNewsKey(key: string): News | null {
  const [, hour, tenant = ""] = /^news\/([^/]+)\/([^/]+)\/[^/]+\/\d+$/.exec(key) ?? [];
  const at = Date.parse(`${hour}:00:00.000Z`);
  return at % hourMillis === 0 ? { hour: at, tenant } : null;
}
