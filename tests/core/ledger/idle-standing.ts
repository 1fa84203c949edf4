import type { Standing } from "../../../core/ledger/admission.ts";
import { noAmounts } from "../../../core/ledger/lease.ts";
import { fullBucket } from "../../../core/ledger/token-bucket.ts";

/** Of a tenant with one shard that has used nothing yet: ten requests a second, twenty at once. */
export const idleStanding = (now: number): Standing => ({
  bucket: fullBucket({ perSecond: 10, burst: 20 }, now),
  shards: 1,
  jobsInFlight: 0,
  computeUnitsInFlight: 0,
  jobsThisMonth: 0,
  computeUnitsThisMonth: 0,
  outputsThisMonth: 0,
  elsewhere: noAmounts,
  idle: noAmounts,
  pressure: { waiting: 0, oldestMillis: 0 },
  storedBytes: 0,
});
