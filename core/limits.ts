/**
 * Every number that bounds anything, with its unit in its name and its reason beside it.
 * A limit that a caller can meet is also said in `docs/guarantees.md` and in the refusal's words.
 */

const KiB = 1024;
const MiB = 1024 * KiB;
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const limits = {
  // ── What may come in ────────────────────────────────────────────────────────────────────────
  /** A 50 MP photograph at high quality is 20–30 MB; the platform itself stops at 100 MB. */
  sourceBytesMax: 64 * MiB,
  /** Bodies up to this are held whole (cheaper than pumping a stream); larger ones stream to R2. */
  heldBytesMax: 1 * MiB,
  /** A header that does not say its dimensions within this much is not a picture anyone made. */
  headBytesMax: 1 * MiB,
  /** A JSON request is a few names and numbers. */
  jsonBytesMax: 16 * KiB,
  /** One decode serves all outputs, but each output is held and stored: sixteen is a full srcset. */
  outputsMax: 16,
  /** Longest query or form field that describes outputs. */
  optionsCharsMax: 4096,
  /** One side of a source: JPEG's own field is 16 bits wide. */
  sourceSideMax: 65_535,
  /** A source's pixels. The memory plan usually refuses long before. */
  sourcePixelsMax: 100_000_000,
  /** Frames of an animation that will be walked to find the first. */
  sourceFramesMax: 1000,
  /** ICC, EXIF and text are never inflated or copied beyond this. */
  metadataBytesMax: 1 * MiB,

  // ── What may go out ─────────────────────────────────────────────────────────────────────────
  /** One side of a rendition: WebP's own field is 14 bits wide. */
  outputSideMax: 12_000,
  /** An RGBA rendition of this size is 64 MB: what fits beside its encoder in one isolate. */
  outputPixelsMax: 16_000_000,

  // ── Memory and time of one render ───────────────────────────────────────────────────────────
  /** An isolate has 128 MB; source bytes, outputs and JavaScript need the rest. */
  wasmBytesMax: 96 * MiB,
  /** An instance whose memory has grown past this is dropped: WASM memory never shrinks. */
  wasmIdleBytesMax: 48 * MiB,
  /** A render that takes longer is stopped between stages; the platform's CPU limit is the last fence. */
  renderMillisMax: 25 * SECOND,

  // ── Waiting ─────────────────────────────────────────────────────────────────────────────────
  /** `Prefer: wait` above this is shortened: a runtime update gives open requests 30 s. */
  waitSecondsMax: 25,
  /** Held requests in one ledger: each costs a promise and a timer in 128 MB. */
  waitersMax: 2000,

  // ── Delivery of work ────────────────────────────────────────────────────────────────────────
  /** First re-dispatch of an unsettled job. Above a healthy queue's delay, below a person's patience. */
  redispatchMillis: 20 * SECOND,
  /** Re-dispatch doubles up to this. */
  redispatchMillisMax: 5 * MINUTE,
  /** How long a claimed job belongs to its consumer: a batch of four at the slowest render and then some. */
  leaseMillis: 30 * SECOND,
  /** Starts of one job. A job that ended four consumers will end the fifth. */
  attemptsMax: 5,
  /** After this an unsettled job is `failed`, so that no 202 stays open for ever. */
  jobDeadlineMillis: 1 * HOUR,
  /** Jobs handed to the queue by one alarm; the platform takes 100 messages a call. */
  dispatchBatchMax: 100,
  /** Jobs a consumer claims or settles in one call. */
  claimBatchMax: 100,

  // ── Keeping ─────────────────────────────────────────────────────────────────────────────────
  /** Pictures, job rows and idempotency keys stay this long after acceptance. */
  jobRetentionMillis: 7 * DAY,
  /** Rows and pictures purged by one alarm, so that an alarm stays short. */
  purgeBatchMax: 200,
  /** Usage hours kept in the ledger for `GET /v1/usage`; the segments in R2 stay. */
  usageRetentionMillis: 100 * DAY,

  // ── Books ───────────────────────────────────────────────────────────────────────────────────
  /** Settled work leaves for R2 at least this often: usage in the books is at most this stale. */
  flushMillis: 30 * SECOND,
  /** Events in one segment: 2–10 thousand costs least per event (docs/decisions). */
  segmentEventsMax: 5000,
  /** Segments one alarm may put: a flush that loops until empty starves everything else. */
  segmentsPerFlushMax: 4,

  // ── Identity ────────────────────────────────────────────────────────────────────────────────
  /** An identity read from KV is trusted this long inside an isolate. */
  identityFreshMillis: 5 * SECOND,
  /** An identity that KV cannot confirm (outage) still serves this long after its last reading. */
  identityStaleMillis: 10 * MINUTE,
  /** Shortest time KV allows an entry to be cached at a location. */
  identityKvCacheSeconds: 30,
  /** Identities held in one isolate (about 1 KB each). */
  identityCacheMax: 5000,
  /** Keys of one tenant, so that listing them is one answer. */
  keysPerTenantMax: 100,

  // ── Paging ──────────────────────────────────────────────────────────────────────────────────
  pageSizeDefault: 20,
  pageSizeMax: 100,
  /** Longest idempotency key: a UUID is 36, a URL of theirs fits. */
  idempotencyKeyCharsMax: 255,
} as const;
