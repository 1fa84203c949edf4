import type { ExpressAsk } from "../../core/job/express-calls.ts";
import { ledgerMigrations } from "../../durable-objects/ledger/ledger-schema.ts";
import { migrate } from "../../durable-objects/migrate.ts";
import type { ObjectStorage } from "../../durable-objects/ports.ts";

/**
 * What a later version of each Worker will do that the present one does not know yet: it adds fields to
 * whatever it sends, and a column to its tables. Odd deployments are the present version, even ones later.
 */
export const isLater = (version: number): boolean => version % 2 === 0;

/** Every other of the odd ones is that from before a job could be claimed with its acceptance. */
export const isEarlier = (version: number): boolean => version % 4 === 3;

/** What an earlier consumer reads of a call over the binding: it asks the ledger for the job. */
export function readEarlier({ ledger, job, sourceBytes }: ExpressAsk): ExpressAsk {
  return { ledger, job, sourceBytes };
}

type Fields = Readonly<Record<string, unknown>>;

const added = { addedLater: { reason: "a field that no present code knows" } };

/** A ledger as a later API or consumer calls it. */
export function calledLater<Calls extends object>(ledger: Calls): Calls {
  return new Proxy(ledger, {
    get: (calls, name) => {
      const call = Reflect.get(calls, name) as ((...parameters: unknown[]) => unknown) | undefined;
      if (!call) return call;
      return (...parameters: unknown[]) => call(...parameters.map(withField));
    },
  });
}

function withField(parameter: unknown): unknown {
  if (Array.isArray(parameter)) return parameter.map(withField);
  if (typeof parameter !== "object" || parameter === null) return parameter;
  const { spec } = parameter as { spec?: Fields };
  return { ...parameter, ...added, ...(spec && { spec: { ...spec, ...added } }) };
}

interface Sender {
  sendBatch(messages: readonly { body: unknown }[]): unknown;
  metrics(): unknown;
}

/** A queue as a later ledger sends to it. */
export function sentLater(queue: Sender): Sender {
  return {
    sendBatch: (messages) =>
      queue.sendBatch(messages.map(({ body }) => ({ body: { ...(body as Fields), ...added } }))),
    metrics: () => queue.metrics(),
  };
}

/** The tables as a later ledger leaves them, which a roll-back does not undo. */
export function migrateLater(storage: ObjectStorage): void {
  const columns = storage.sql.exec<{ name: string }>(`PRAGMA table_info(jobs)`).toArray();
  if (columns.some(({ name }) => name === "added_later")) return;
  migrate(storage, [...ledgerMigrations, [`ALTER TABLE jobs ADD COLUMN added_later TEXT`]]);
}
