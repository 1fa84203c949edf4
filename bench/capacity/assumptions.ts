/** A time as a log-normal distribution: half are shorter than `p50`, one in a hundred is longer than `p99`. */
interface Millis {
  readonly p50: number;
  readonly p99: number;
}

interface Assumption<Value> {
  readonly value: Value;
  readonly source: string;
}

const said = <Value>(value: Value, source: string): Assumption<Value> => ({ value, source });
const queuesLimits = "Cloudflare docs, Queues, Limits";
const objectsLimits =
  "Cloudflare docs, Durable Objects, Limits: 1,000 requests a second for an object";
const unpublished = "not published; to be measured after a deploy";

/** Everything that the figures rest on, each with where it comes from. */
export const assumptions = {
  messagesPerSecond: said(5_000, queuesLimits),
  consumersPerQueue: said(250, queuesLimits),
  /** Four calls a job leave a quarter of the object's requests. */
  jobsPerLedgerSecond: said(250, objectsLimits),
  busyShareMax: said(0.7, "chosen: above it, waiting grows quickly (M/M/c)"),
  renderMillis: said<Millis>(
    { p50: 21, p99: 90 },
    "npm run bench -- service: a render takes 21.4 ms",
  ),
  objectMillis: said<Millis>({ p50: 6, p99: 40 }, unpublished),
  storePutMillis: said<Millis>({ p50: 40, p99: 120 }, unpublished),
  storeGetMillis: said<Millis>({ p50: 20, p99: 80 }, unpublished),
  queueSendMillis: said<Millis>(
    { p50: 60, p99: 120 },
    "median: Cloudflare blog, 2024-10-24; the rest: not published",
  ),
  queueDeliverMillis: said<Millis>({ p50: 10, p99: 40 }, unpublished),
  acrossRegionsMillis: said(
    100,
    "speed of light in fibre over 8,000 km, there and back, and as much again",
  ),
  boundShare: said(0.3, "assumed: work with a key, under a cap or pinned, which leaves no region"),
  isolates: said(50, "assumed: API isolates of a region, each of which finds out for itself"),
  computeUnits: said(24, "docs/performance.md: a unit is about a millisecond of a render"),
} as const;

/** What takes time; each job gets its own random values. */
export type Step = Extract<
  keyof typeof assumptions,
  `${"render" | "object" | "store" | "queue"}${string}Millis`
>;

/** Claim, load, render, store, settle. */
export const stepsOfConsumer = [
  "objectMillis",
  "storeGetMillis",
  "renderMillis",
  "storePutMillis",
  "objectMillis",
] as const satisfies readonly Step[];

const pricing = "Cloudflare docs, pricing, 2026-11";

/** US dollars for a million. */
export const prices = {
  requests: said(0.3, pricing),
  cpuMillis: said(0.02, pricing),
  queueOperations: said(0.4, pricing),
  storeWrites: said(4.5, pricing),
  storeReads: said(0.36, pricing),
  keyReads: said(0.5, pricing),
  objectRequests: said(0.15, pricing),
  rowsWritten: said(1, pricing),
} as const;

/** What one job with one rendition uses. Included amounts, storage and logs are left out. */
export const usesOfJob: Readonly<Record<keyof typeof prices, Assumption<number>>> = {
  requests: said(1.25, "one of the API, and a consumer's for four jobs"),
  cpuMillis: said(24, "2 ms of the API, the rest is the render"),
  queueOperations: said(3, "a write, a read, a deletion"),
  storeWrites: said(2, "source and rendition"),
  storeReads: said(2, "the consumer's and the client's"),
  keyReads: said(1, "the identity, once a request at most"),
  objectRequests: said(3, "accept, claim, settle"),
  rowsWritten: said(
    7.2,
    "npm run bench -- ledger counts 7.13 with an Idempotency-Key, 4.13 without: the job and its key when it comes, its " +
      "end and its event, two when it leaves, one when its key is forgotten; the rest are alarms and batches",
  ),
};

/** Over the service binding, nothing is queued and the source is there already. */
export const usesOfExpressJob: typeof usesOfJob = {
  ...usesOfJob,
  requests: said(1, "calls over a binding are free"),
  queueOperations: said(0, "not queued"),
  storeWrites: said(1, "the rendition"),
  storeReads: said(1, "the original"),
};
