/**
 * The objects without what `bench -- service --books` asks the price of: no figures of stages, no points, no lines of the
 * log, nothing in an event beyond what is billed, and nothing sealed. Never deployed.
 */
import { Measures } from "../durable-objects/ledger/measures/measures.ts";
import { Reporting } from "../durable-objects/ledger/measures/reporting.ts";
import { UsageFlush } from "../durable-objects/ledger/usage/usage-flush.ts";
import { UsageStore } from "../durable-objects/ledger/usage/usage-store.ts";

const nothing = () => undefined;
console.info = nothing;

Object.assign(Measures.prototype, { took: nothing, refused: nothing, ended: nothing });
Object.assign(Reporting.prototype, { dueAt: () => Infinity, work: nothing });
Object.assign(UsageFlush.prototype, { dueAt: () => Infinity });

const record: UsageStore["record"] = Reflect.get(UsageStore.prototype, "record");
UsageStore.prototype.record = function (this: UsageStore, acceptedAt, eventAt) {
  return record.call(this, acceptedAt, (at) => {
    const { work: _, ...billed } = eventAt(at);
    return billed;
  });
};

export { Directory, RegionFigures, TenantLedger, default } from "../durable-objects/index.ts";
