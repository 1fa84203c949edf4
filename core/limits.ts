import { ledgerLimits } from "./ledger-limits.ts";
import { DAY, HOUR, KiB, MiB, MINUTE, SECOND } from "./magnitudes.ts";

/**
 * Every number that bounds anything: its unit is in its name, its reason in its comment.
 * A limit that a client can meet is also in `docs/guarantees.md` and in the text of the error.
 */
export const limits = {
  // ── What may come in ────────────────────────────────────────────────────────────────────────
  /** A 50 MP photograph at high quality is 20–30 MB; the platform itself stops at 100 MB. */
  sourceBytesMax: 64 * MiB,
  /** Enough bytes to tell any format; markup such as SVG may begin with comments. */
  magicBytesMax: 512,
  /**
   * Bodies up to this are held in memory, which is cheaper than a stream; larger ones stream to R2. So are renditions
   * of a job that come over the express lane; larger ones are read from R2. The platform would pass 32 MiB.
   */
  heldBytesMax: 1 * MiB,
  /** No real picture has its dimensions farther from its beginning than this. */
  headBytesMax: 1 * MiB,
  /**
   * A JSON request is a few names and numbers; the longest sets all places that a tenant may fetch from, and all
   * origins.
   */
  jsonBytesMax: 64 * KiB,
  /** One decode serves all outputs, but each output takes memory and a put: sixteen fill a srcset. */
  outputsMax: 16,
  /** Longest query or form field that describes outputs. */
  optionsCharsMax: 4096,
  /** Text of a client that is quoted in an answer or a log: long enough to recognise it. */
  quotedCharsMax: 40,
  /** Fields of a form that are no files: each of some sixty options once, or an `output` for each output, and room. */
  formFieldsMax: 256,
  /** One side of a source: JPEG's own field is 16 bits wide. */
  sourceSideMax: 65_535,
  /** The largest common cameras make 50 MP. */
  sourcePixelsMax: 52_000_000,
  /** Frames of one animation. */
  sourceFramesMax: 1000,
  /** Pixels of all its frames, of the source and of the rendition: Cloudflare's own bound; about 6 s of encoding. */
  animationPixelsMax: 50_000_000,
  /** Chunks of one file that are walked: a writer that splits 64 MiB by the kilobyte makes 65 thousand. */
  sourceChunksMax: 100_000,
  /** Scans of a progressive JPEG: encoders write about ten, and each costs a pass over the picture. */
  jpegScansMax: 100,
  /** The second picture of a form, which is held while the first is decoded: a logo, a frame, a watermark. */
  overlayBytesMax: 1 * MiB,
  /** Its pixels: 8 MB as RGBA. */
  overlayPixelsMax: 2_000_000,
  /** Tags that are looked at in an ICC profile: one of matrix and curves has about ten, one of tables about twenty. */
  iccTagsMax: 100,
  /** ICC profiles, EXIF and text are never decompressed or copied beyond this. */
  metadataBytesMax: 1 * MiB,

  // ── Sources fetched from elsewhere ──────────────────────────────────────────────────────────
  /** Longest URL of a source: next/image's own bound. */
  remoteUrlCharsMax: 3072,
  /** A host's name: RFC 1035 §2.3.4, written with dots. */
  hostCharsMax: 253,
  /** How often a server may decode a path: one whose escapes nest deeper may climb out of its prefix and is refused. */
  pathDecodesMax: 3,
  /** Redirects followed: http to https, one to the file's place, and one to spare. */
  remoteRedirectsMax: 3,
  /** Longest wait for a source's first byte, redirects included: a page is waiting for its picture. */
  remoteAnswerMillisMax: 10 * SECOND,
  /** Longest wait for all of it: 64 MiB at 20 Mbit/s. */
  remoteMillisMax: 30 * SECOND,
  /** Shortest and longest time that a fetched source is used without asking its origin again … */
  remoteFreshSecondsMin: 10,
  remoteFreshSecondsMax: DAY / SECOND,
  /** … and the time where the origin does not say: what Cloudflare's resizing keeps at least. */
  remoteFreshSecondsDefault: (60 * MINUTE) / SECOND,
  /** How long an origin's 404, and any other failure, is given to the next caller without asking again. */
  remoteMissingSeconds: 60,
  remoteFailedSeconds: 10,
  /** How long a fetched picture is kept after it was stored; R2's lifecycle removes it two days later. */
  fetchedMillis: 7 * DAY,
  /** Failures of origins that one isolate remembers, the least used leaving first. */
  remoteFailuresCacheMax: 1000,
  /** Keys of one dialect that are live at once: the old one and the new one. */
  dialectKeysMax: 2,
  /** Longest of such keys and tokens: 512 bits in hex. */
  dialectSecretCharsMax: 128,
  /** Longest ETag of an origin that is kept; hashes have up to 128 characters. */
  etagCharsMax: 256,

  // ── What may go out ─────────────────────────────────────────────────────────────────────────
  /** One side of a rendition: WebP's own field is 14 bits wide. */
  outputSideMax: 12_000,
  /** RGBA of this size is 64 MB, which leaves room for the JPEG encoder; the plan counts what others need. */
  outputPixelsMax: 16_000_000,
  /** Device pixels per CSS pixel: screens have up to 4, and a browser's zoom doubles that. */
  dprMax: 8,
  /** Cloudflare's limit; beyond it a picture is one colour. */
  blurRadiusMax: 250,
  /** Cloudflare's limit; beyond it every edge is a halo. */
  sharpenStrengthMax: 10,
  /** Brightness, contrast, gamma, saturation: beyond it nearly every channel is 0 or 255. */
  toneFactorMax: 10,
  /** CSS pixels of border on one side; for more there is `fit=pad`. */
  borderWidthMax: 1000,
  /** CSS pixels: half of the largest rendition's side, where a corner is a quarter of an ellipse. */
  cornerRadiusMax: 6000,
  /** Side of `pixelate`'s squares: beyond it hardly any picture has two of them. */
  pixelateMax: 1000,
  /** One side of the small copy behind `format=json`: ThumbHash's own largest input. */
  previewSideMax: 100,
  /** Largest `max_bytes`: the raw pixels of the largest rendition; above that it limits nothing. */
  outputBytesMax: 64_000_000,
  /** All frames of an animated rendition, encoded: they are held twice when they are joined. */
  animationBytesMax: 12 * MiB,
  /** Up to here `format=auto` may choose AVIF: its encoder then holds 42 MiB, and twice as much would be refused. */
  autoAvifPixelsMax: 1_000_000,

  /** How long browsers and shared caches may keep a delivered picture, where its tenant says nothing. */
  deliverySecondsDefault: DAY / SECOND,
  /** And at most: a year, the longest that caches respect. */
  deliverySecondsMax: (365 * DAY) / SECOND,
  /** The same for the home page, and for the public keys of the books. */
  publicSeconds: (5 * MINUTE) / SECOND,
  /** How long browsers and caches may keep WebP that stands in for an AVIF: by then that is made. */
  interimSecondsMax: MINUTE / SECOND,
  /** One isolate orders an AVIF again no more often than this, and remembers as many as it has ordered. */
  orderAgainMillis: 10 * SECOND,
  ordersKnownMax: 5000,
  /** How long a location answers from its own copy without asking storage. What is deleted or purged ends with it … */
  copyFreshMillis: 1 * MINUTE,
  /** … or this much later: until then an older copy is sent while it is looked at again. */
  copyStaleMillis: 1 * MINUTE,
  /** One isolate puts a copy, or looks at it again, no more often than this. */
  copyAgainMillis: 10 * SECOND,
  /** Larger renditions are streamed from storage: a copy is held in memory while it is put. */
  copyBytesMax: 1 * MiB,
  /** What one isolate holds of them at once; more are streamed too. */
  copiesHeldBytesMax: 16 * MiB,
  /** Copies in one isolate's memory, those asked for last: some 50 pictures. */
  copiesInMemoryBytesMax: 8 * MiB,
  /** A rendition whose every attempt failed is tried once more when it is requested this long after. */
  failedRenditionMillis: 10 * MINUTE,
  /** How long hits are counted in an isolate before the ledger is told; work may go on for 30 s after an answer. */
  hitsHeldMillis: 5 * SECOND,
  /** Ledgers that one isolate counts hits for at a time; hits of more are not counted. */
  hitLedgersMax: 1000,
  /** A location's cache answers in a millisecond or so; storage is asked instead of a slow one. */
  copyMillisMax: 500,
  /** Pages of a thousand keys that one purge removes before its caller has to ask again: some 20 seconds. */
  purgePagesMax: 100,
  /** The same where each key is compared with those of a preset: some 50 ms of CPU a page. */
  purgePresetPagesMax: 20,
  /**
   * Pictures with one tag whose renditions one purge removes before its caller has to ask again: two calls of R2
   * each.
   */
  purgeTaggedMax: 200,
  /** Tags of one stored picture: they fit in the metadata of an object. */
  imageTagsMax: 16,
  /** A source's size and header are read again after this: what was deleted meanwhile is then not found. */
  knownSourceMillis: 5 * MINUTE,
  /** Copies of which one isolate remembers that it has put, looked at or ended them (about 200 bytes each). */
  copiesKnownMax: 5000,
  /** Sources whose size and header one isolate remembers (about 500 bytes each). */
  knownSourcesMax: 5000,
  /** Named presets of one tenant: all are in its one entry of KV, which every location reads. */
  presetsMax: 100,
  /** The same holds for the places from where it may fetch pictures. */
  deliverySourcesMax: 100,
  deliverySourceCharsMax: 300,
  /** Hosts of one tenant: its brands and countries, each with a certificate of its own. */
  hostsPerTenantMax: 20,
  /** Origins whose pages may use the tenant's pictures and upload addresses: they are in the same entry of KV. */
  deliveryOriginsMax: 100,
  /** How long an upload address works by default: enough to choose a picture and send it … */
  uploadAddressSecondsDefault: (10 * MINUTE) / SECOND,
  /** … and at most: R2's lifecycle removes what is known of it after a day. */
  uploadAddressSecondsMax: HOUR / SECOND,
  /** What an HTML form has around a picture: its boundaries and the names of its parts. */
  formBytesMax: 16 * KiB,
  /** A new signing key takes over from the old one while both are good. */
  signingKeysMax: 2,

  // ── Memory and time of one render ───────────────────────────────────────────────────────────
  /**
   * WASM memory of one render. An isolate has 128 MB; source, outputs and JavaScript need the rest. What
   * codecs copy into JavaScript counts too.
   */
  wasmBytesMax: 96 * MiB,
  /** Everything that one render holds, source included: 128 MB minus code and in-flight buffers. */
  isolateBytesMax: 112 * MiB,
  /** A source and the next one, which loads while the first renders: what WASM and outputs leave free. */
  twoSourcesBytesMax: 16 * MiB,
  /** Renditions being stored while the next picture renders: those of a usual batch, and a small part of the free memory. */
  unstoredBytesMax: 4 * MiB,
  /** Codecs whose memory has grown past this are dropped after the render, since WASM memory never shrinks. */
  wasmIdleBytesMax: 48 * MiB,
  /** Largest whole factor by which a decoder shrinks: sums of more pixels overflow 32 bits. */
  decodeShrinkMax: 16,
  /**
   * Larger progressive JPEGs are decoded at the wanted size only: at twice the size their coefficients take 20 to 50
   * MiB.
   */
  progressiveDoublePixelsMax: 24_000_000,
  /** Coefficients of a JPEG kept from counting to writing; a larger picture is transformed twice, strip by strip. */
  jpegCoefficientBytesMax: 12 * MiB,
  /** Coded data of a JPEG that the encoder has room for, or one row of MCUs: few calls. */
  jpegCodedBytesMin: 64 * KiB,
  /** Rows of a PNG are handed over in strips of about this size: few calls, and they stay in the cache. */
  pngStripBytes: 256 * KiB,
  /** AVIF up to here is encoded in one piece, which takes 73 MiB; larger ones are grids of tiles. */
  avifWholePixelsMax: 2_000_000,
  /** One tile of such a grid: its encoder then holds 41 MiB. */
  avifTilePixelsMax: 1_000_000,
  /** Up to here the WebP encoder holds back symbols for better statistics, 28 bytes a pixel for 0.4 % of size. */
  webpHeldPixelsMax: 1_000_000,
  /** Smaller WebP pictures stay as large or get larger: they are decoded to RGB, with chroma as browsers show it. */
  webpPlanesPixelsMin: 40_000,
  /** A longer render is stopped between stages; the platform's CPU limit stops one that hangs in a stage. */
  renderMillisMax: 25 * SECOND,

  /**
   * Before an isolate renders or stores it serves what else has come, until it has nothing left to do: then a timer
   * of no length rings in about a millisecond …
   */
  idleLookMillis: 4,
  /**
   * Before a picture of a tenant that crowds the others a consumer looks so often, one to two milliseconds each: a
   * put and what comes after it take some.
   */
  idleLooks: 4,
  /** … or so long has passed: about two renders, so that these have a third of the thread at least. */
  busyMillisMax: 50,
  /** What a turn costs in addition to its render, in compute units: looks between renders, calls, storing. */
  turnUnits: 10,
  /** A tenant does not count as delaying others if only its own pictures came to the consumer for this long. */
  sharedMillis: 5 * SECOND,
  /** Tenants whose shares of a consumer's processor are told apart at once: far more than an isolate has jobs. */
  turnTenantsMax: 1000,

  // ── Waiting ─────────────────────────────────────────────────────────────────────────────────
  /** Longest `Prefer: wait`; more is shortened. A runtime update gives open requests 30 s. */
  waitSecondsMax: 25,
  /** Requests that one ledger holds open: each takes a promise and a timer of its 128 MB. */
  waitersMax: 2000,

  /** Bytes of a body that are read at once: few calls, and little memory for each upload. */
  chunkBytes: 64 * KiB,
  /** R2's smallest multipart part (the last one may be smaller); one is in memory at a time. */
  uploadPartBytes: 5 * MiB,
  /** Bodies that one isolate takes in at once, and what it holds of them: its 128 MB are also code and answers. */
  uploadsMax: 128,
  uploadsBytesMax: 64 * MiB,
  /** After its body has come, the longest that a request may take to store it before it counts as dead. */
  uploadGraceMillis: 30 * SECOND,
  /**
   * Pictures that one isolate stores, or has rendered, at once, of which a tenant has half: at first, at 150 ms each,
   * a hundred a second; at most all that it holds. Halved when one finds the thread busy, or takes `takeInMillis` to
   * store …
   */
  turnsAtOnceFirst: 16,
  turnsAtOnceMax: 128,
  /** … but never fewer: two of a tenant, so that one is worked on while the other waits for its client or storage. */
  turnsAtOnceMin: 4,
  /** What takes longer than this does not count any more: it waits for something else than this thread. */
  turnMillisMax: 2 * SECOND,
  /** R2 takes some 100 ms. */
  takeInMillis: 500,
  /** A tenant whose requests have waited longer for their turn sends more than fits, and more is refused unread. */
  lineLongMillis: 2 * SECOND,
  /** Longest wait for a turn: after it the requests ahead count as dead. */
  lineMillisMax: 10 * SECOND,
  /** A fetched picture that waits for room looks again so often: a page of pictures is in no hurry by less. */
  roomLookMillis: 50,

  /** Longest upload: about 5 Mbit/s for the largest body. */
  uploadMillisMax: 2 * MINUTE,

  /** How long we keep reading a refused upload, so that the client gets our error instead of a reset … */
  drainMillisMax: 30 * SECOND,
  /** … as long as no pause is longer than this: above network jitter, below what a person notices. */
  drainIdleMillisMax: 250,

  /** How long a browser may keep the answer to a preflight; Chromium keeps none longer. */
  preflightSeconds: 7200,

  // ── The express lane, for those who wait ────────────────────────────────────────────────────
  /** Larger sources take the queue: two of them and their renditions are what an isolate can hold. */
  expressBytesMax: 8 * MiB,
  /** And longer renders, in compute units: all other jobs of the isolate would wait for them. */
  expressUnitsMax: 1000,
  /** Jobs of one isolate at once, of which one tenant has half: some 0.3 s of usual renders; more go to the queue. */
  expressJobsMax: 24,
  /**
   * So long a ledger that does not claim it at once holds a job back for the lane: a call over a binding takes
   * milliseconds.
   */
  expressHoldMillis: 5 * SECOND,
  /**
   * And one whose picture only its caller has: the lane's time, and then that of the line and of storage. What is not
   * stored by then never will be.
   */
  uploadHoldMillis: 40 * SECOND,
  /** Longest wait for the lane's answer; then the ledger is asked. */
  expressMillisMax: 20 * SECOND,
  /** An isolate that was told that the lane is busy uses the queue for a few renders' time … */
  expressBusyMillis: 250,
  /** Tenants of which it knows that; the least used leave first. */
  expressBusyTenantsMax: 1000,
  /** … and for this long when the lane broke: a Worker gets new isolates within seconds. */
  expressFailedMillis: 5 * SECOND,

  // ── Backpressure ────────────────────────────────────────────────────────────────────────────
  /** Messages waiting in a queue, and the age of the oldest, at which new work of every tenant is refused. */
  queueBacklogMax: 100_000,
  /** Clocks may differ by ten minutes, and a job has an hour. */
  queueAgeMillisMax: 15 * MINUTE,
  /** Up to this many messages, and this age, a tenant may hold as much as it was granted … */
  strainedBacklog: 10_000,
  strainedAgeMillis: 2 * SECOND,
  /**
   * From half of either on, places are reserved: a second before refusals begin, and R2 takes some 100 ms for a
   * picture.
   */
  fillingStrain: 0.5,
  /** … from there on this many compute units (five seconds of a core), and less as the queues grow … */
  heldUnitsAtStrain: 5000,
  /** … but never less than this: about ten usual jobs, so that thousands of tenants hold seconds of work. */
  heldUnitsMin: 300,
  /** Half of a queue's reading is forgotten in this time, in which a fleet takes thousands of messages. */
  pressureHalfLifeMillis: 5 * SECOND,
  /** Longest `Retry-After` for full queues: no estimate is good for more than a minute. */
  pressureRetryMillisMax: 1 * MINUTE,
  /** An object may store 10 GB; the rest lets accepted work settle, be billed and expire. */
  ledgerBytesMax: 8 * 1024 * MiB,
  /** So long a ledger takes its size for what it was: at `ledgerRequestsPerSecondMax` it grows by 2 MB a second. */
  ledgerSizeKnownMillis: 1 * SECOND,
  /** `Retry-After` when the ledger is full: old rows expire by the minute. */
  fullRetryMillis: 1 * MINUTE,
  /** `Retry-After` when the service is busy. */
  busyRetryMillis: 2 * SECOND,
  /** The same when as many jobs are in flight as may be: of hundreds one ends soon. */
  inFlightRetryMillis: 250,
  /** A place reserved for a job whose source is on its way: an upload takes two minutes at most. */
  reservationMillis: 3 * MINUTE,
  /** Reads, and deletions, that go with one job: a client that polls ten times, and removes what it made. */
  readsPerJob: 10,
  deletionsPerJob: 2,

  /** Longest that an isolate refuses for a ledger without asking it: an operator may have raised a limit. */
  rememberedRefusalMillisMax: 10 * SECOND,
  /** So long after a refusal an isolate asks the ledger before it stores a source. */
  refusedLatelyMillis: 1 * MINUTE,
  /**
   * Requests that one location lets through to a ledger that refuses work, in `floodSeconds`: an object answers about a
   * thousand a second, and twice what its tenant may send is more than enough to refuse.
   */
  floodRequestsMax: 5000,
  /** The platform counts by 10 or 60 seconds. */
  floodSeconds: 10,
  /** Longest wait for that count; a ledger can refuse by itself. */
  floodMillisMax: 100,
  /** Refusals and call rates that one isolate keeps, the least used leaving first (about 500 bytes each). */
  refusalsCacheMax: 5000,
  callRatesCacheMax: 5000,

  /** Failures in a row after which an isolate keeps new work from a region … */
  regionFailuresMax: 5,
  /** … how often it then tries one call … */
  regionProbeMillis: 5 * SECOND,
  /** … and successes in a row that bring the region back. */
  regionSuccessesMin: 3,
  /** Queues of one region: their bindings all stand in one configuration, and each needs a consumer entry there. */
  queuesPerRegionMax: 40,

  /** `Retry-After` when a Durable Object or another Worker failed: such failures last about a second. */
  unavailableRetryMillis: 1 * SECOND,
  /** Attempts to call one object for one request: a person is waiting. */
  objectCallsMax: 3,
  /** Longest wait for an object, all attempts together: far above any normal answer, below a person's patience. */
  objectMillisMax: 10 * SECOND,
  /** Longest pause before the second attempt; doubles after that. */
  objectRetryMillis: 50,
  /** Repeated calls that an isolate may have saved up: enough for one bad moment … */
  retriesHeldMax: 10,
  /** … and what each call that succeeds adds: an outage is never met with more than a tenth of extra calls. */
  retriesPerSuccess: 0.1,

  /** Longest wait for a rendition's first byte from storage. */
  outputMillisMax: 10 * SECOND,
  /** `Retry-After` when a rendition is not ready: about one render. */
  notReadyRetryMillis: 1 * SECOND,

  // ── Books ───────────────────────────────────────────────────────────────────────────────────
  /** How often usage is sealed to R2. Each put costs; a roll-up asks for newer usage itself. */
  flushMillis: 5 * MINUTE,
  /** Events in one segment: about 2 MB, sealed in about 20 ms. Smaller segments cost more puts. */
  segmentEventsMax: 5000,
  /** Events that no hour has yet: an object that wakes adds them again, in some 5 ms. */
  uncountedEventsMax: 1000,
  /** Segments of which a ledger knows the events, to tell jobs where they are recorded: a week at three a minute. */
  segmentRunsMax: 30_000,
  /** The runs beyond that number are deleted once in this many segments, since the deletion reads all of them. */
  segmentRunsSwept: 1000,
  /** Segments put by one alarm, so that a backlog does not starve other work. */
  segmentsPerFlushMax: 4,

  /** Segments that a roll-up may have a ledger put in one call: a million events. */
  segmentsPerSealMax: 200,
  /** Pause between two alarms of one ledger, so that a long backlog leaves room for requests. */
  alarmPauseMillis: 200,
  /** The same after a failure: asking more often does not help a store that is down. */
  alarmRetryMillis: 5 * SECOND,

  /** A full segment of jobs with sixteen outputs each is 6 MB; anything much larger was not written by a ledger. */
  segmentBytesMax: 8 * MiB,
  /** Tenants of one roll-up: each needs about ten calls, and an invocation may make 10 000. */
  rollUpTenantsMax: 250,
  /** Segments that one roll-up reads in all; with the calls for its tenants that is what an invocation may make. */
  rollUpSegmentsMax: 6000,
  /**
   * Calls that the rows of one segment need: a read, a put for each of its hours, and its share of what its days
   * take.
   */
  rowsOfSegmentCost: 4,
  /** Keys that one day's usage is told apart by, and those of all others together: a tenant has 100 at once. */
  usageKeysMax: 200,
  /** Days of usage by key or format in one answer, and sums in it: about 2 MB of JSON. */
  usageGroupsMillisMax: 31 * DAY,
  usageGroupsMax: 10_000,
  /** Segments of one ledger in one turn: about a second of work, so that no ledger waits long. */
  rollUpSegmentsPerTurnMax: 50,
  /** Tenants of one step, which is what a crash repeats. */
  rollUpTenantsPerStep: 50,
  /** Pages of tenants that a run adds to those with news: four of 250, 96 times a day, are 96 000 tenants. */
  rollUpNetPages: 4,
  /** Pages of a thousand news that a run reads: more than there are in a day of every tenant's. */
  newsPagesMax: 200,
  /** News is kept this long after its hour: clocks may differ by ten minutes. */
  newsGraceMillis: 15 * MINUTE,
  /** News of one tenant that a run forgets: what starts a Workflow instance is a megabyte at most. */
  newsPerTenantMax: 48,
  /** Late tenants that one line of the log names. */
  lateTenantsLogged: 100,
  /** Workflow instances that the platform starts in one call. */
  workflowBatchMax: 100,
  /** What they take together, as JSON: the platform passes 32 MiB in one call. */
  workflowBatchBytesMax: 8 * MiB,
  /**
   * Longest wait until they have started. What starts after that is also planned again; running it twice changes
   * nothing.
   */
  workflowMillisMax: 30 * SECOND,
  /** Longest wait of an operator for a roll-up or an audit: most HTTP clients give up then too. */
  booksRunMillisMax: 5 * MINUTE,
  /** Tenants rolled up at once: the platform allows six open connections. */
  rollUpTenantsAtOnce: 6,
  /** Tenants of one audit: each needs some 50 calls, and an invocation may make 10 000. */
  auditTenantsMax: 100,
  /**
   * After this much an audit on demand ends, for the next to go on: a window is ten, and each record that is read
   * one, up to 20 ms of work.
   */
  auditCostMax: 1500,
  auditWindowCost: 10,
  /** The same for a part of an audit by the clock, which has an invocation's calls for itself. */
  auditPartCostMax: 4000,
  /** Tenants of one step, which is what a crash repeats; it may take ten minutes. */
  auditTenantsPerStep: 6,
  /** Tenants that are looked at side by side: the records of each are in memory, one at a time. */
  auditTenantsAtOnce: 3,
  /** Ledgers of one tenant that are not looked at within this time, because others are silent, count as unreachable. */
  auditTenantMillisMax: 2 * MINUTE,
  /**
   * A tenant with news is audited when its news is this old, so that one which works all the time is audited once an
   * hour.
   */
  auditAfterMillis: 40 * MINUTE,
  /** One that has waited so long is late. */
  auditLateMillis: 6 * HOUR,
  /** An audit that has not ended by then was lost: a part takes minutes. */
  auditAgainMillis: HOUR,
  /** Tenants that one run takes, as 50 parts: 20 000 an hour, four times as many as are active. */
  auditTenantsPerRun: 5000,
  /** Tenants that each run adds whether they have news or not: 24 000 a day. */
  auditWalkTenants: 250,
  /** Tenants that wait at most, some 14 MB of JSON: twice the mission's. */
  auditWaitingMax: 200_000,
  /** Reports of parts that one run reads: those of two runs, 30 MB at most. */
  auditEndedMax: 100,
  /**
   * Windows of `pageSizeMax` jobs that an audit by the clock looks at in a ledger, the newest first, and in all of a
   * tenant's …
   */
  auditWindowsMax: 3,
  auditTenantWindowsMax: 30,
  /** … and when the tenant is audited on demand: 10 000 jobs. At least one in each ledger. */
  auditWindowsOnDemandMax: 100,
  /** Records that are read for one window: those of five hours at a flush every five minutes. */
  auditSegmentsMax: 60,
  /** Lists of pictures for one window: 100 jobs have 1700 pictures at most. */
  auditListsMax: 10,
  /** How late a job may end after its deadline: clocks ten minutes apart, a ledger away for ten more, and its alarm. */
  auditSlackMillis: 35 * MINUTE,
  /**
   * A message that is lost is missed this late: the ledger itself looks every five minutes at least, and may be away
   * for ten.
   */
  auditMessageMillis: 20 * MINUTE,
  /** Breaches of a tenant that one audit writes into the audit trail. */
  auditTrailMax: 20,
  /** The ledger's own daily sweep has removed a picture without a job by then. */
  auditOrphanMillis: DAY + 2 * HOUR,
  /**
   * Breaches that one report names, or that are looked at again in one ledger, and tenants whose standing breaches
   * are shown.
   */
  auditBreachesMax: 1000,
  auditStandingMax: 100,
  /** Heads in one object of an hour, some 5 MB: a power of two, so that each is a subtree of the hour's tree. */
  headsPerPage: 16_384,
  /**
   * Heads that the witness logs in one hour: a minute of checking signatures. What exceeds them waits, and is logged
   * late.
   */
  headsPerHourMax: 524_288,
  /** Hours in which they were signed that are read side by side, a thousand keys of each in memory. */
  headHoursMax: 24,
  /** Longest wait for a ledger to seal its usage; after that the statement lists it as missing. */
  sealMillisMax: 1 * MINUTE,
  /** Attempts to write one statement while another roll-up writes it too. */
  statementWritesMax: 3,
  /**
   * So far ahead of the books' clock an event may be: clocks differ by ten minutes. One beyond it is not billed until
   * then.
   */
  eventsAheadMillis: HOUR,
  /** Credit notes of one statement: each is an object that is read with it. */
  creditNotesPerMonthMax: 20,
  /** The reason of one: two sentences in a cell of a table. */
  creditNoteReasonCharsMax: 200,
  /** The operator's reference of one: a ticket's number, or a UUID. */
  creditNoteReferenceCharsMax: 40,
  /** Credit notes that one run looks for which the books do not have yet: they were cut off, which is rare. */
  creditNotesPerRunMax: 100,
  /** Credit notes of a tenant that an audit holds to the books, of the newest months: one read each. */
  creditNotesAuditedMax: 100,

  // ── Identity ────────────────────────────────────────────────────────────────────────────────
  /** An identity read from KV is trusted this long inside an isolate. */
  identityFreshMillis: 5 * SECOND,
  /** One that is used so shortly before that is read again meanwhile: KV answers within it. */
  identityAheadMillis: 1 * SECOND,
  /** How long the last known identity is used while KV cannot confirm it. */
  identityStaleMillis: 10 * MINUTE,
  /** Shortest time KV allows an entry to be cached at a location. */
  identityKvCacheSeconds: 30,
  /** Identities held in one isolate, by KB of JSON. */
  identityCacheMax: 5000,
  /** Longest wait for KV, whose cached reads take a few milliseconds; then the Directory is asked. */
  identityKvMillisMax: 500,
  /** Longest wait for the Directory, which may be on another continent. */
  directoryMillisMax: 2 * SECOND,
  /** Look-ups that one isolate may make, so that a flood of made-up keys does not reach the Directory. */
  directoryLookUpsPerSecondMax: 50,
  /** Unknown keys remembered in one isolate, apart from identities, so that made-up keys never evict one. */
  unknownKeysCacheMax: 1000,
  /**
   * An isolate that would refuse a URL asks the Directory for the newest no more often: for one tenant, and for all.
   */
  newestOfOneMillis: 1 * MINUTE,
  newestMillis: 1 * SECOND,
  /** `Retry-After` when a key could not be looked up. */
  identityRetryMillis: 1 * SECOND,
  /** A new key that takes over from an old one has a week for every place to learn it. */
  keyOverlapSecondsMax: (7 * DAY) / SECOND,
  keyOverlapSecondsDefault: DAY / SECOND,
  /** Operators in force: a company's people, not its customers. */
  operatorsMax: 200,
  /** Entries of one file of the audit trail: well below a megabyte. */
  trailFileEntriesMax: 500,
  /** … also where each says much of what was changed: a file is held three times while it is put. */
  trailFileCharsMax: 4 * MiB,
  /**
   * Above this the Directory's oldest entries, which are in R2, leave it: some ten million, with what else it holds.
   * An object may have 10 GB, and a hundred thousand tenants with ten changes a day would fill that in 24 days.
   */
  directoryBytesMax: 4 * 1024 * MiB,
  /** The newest entries stay, however much else there is: what an operator looks up. */
  trailEntriesMin: 10_000,
  /**
   * Settings and keys that a tenant changes a second through one isolate, and at once: each is an entry of the trail
   * in the one object that all tenants share.
   */
  changesPerSecond: 1,
  changesAtOnceMax: 100,
  /** Cloudflare Access publishes two keys at a time; one that is unknown is looked for this often at most. */
  accessKeysMax: 8,
  accessKeysMillis: 1 * MINUTE,
  accessKeysMillisMax: 5 * SECOND,
  /** How far a token's clock may be ahead of ours. */
  clockSkewSecondsMax: 60,
  /** Keys compared with KV in one call, and entries that one alarm leaves to be put once more. */
  repairPageMax: 100,
  /** Active keys of one tenant, so that a list of them fits one answer. */
  keysPerTenantMax: 100,
  /** How long revoking a key waits for the ledgers; after that the alarm keeps trying. */
  revocationMillisMax: 2 * SECOND,
  /** First retry of publishing a key to KV and ledgers; doubles up to the maximum. */
  publishRetryMillis: 1 * SECOND,
  publishRetryMillisMax: 1 * MINUTE,
  /** Keys published at once: each takes a few of an object's connections. */
  publishBatchMax: 20,
  /** Longest wait for KV or one ledger to take a key; after that the alarm tries again. */
  publishMillisMax: 5 * SECOND,
  /**
   * How long the Directory waits, by its own clock, until no put to KV that was sent before can land any more: a
   * request outlives its sender by minutes (the simulator's by five), and two machines' clocks may be twenty minutes
   * apart.
   */
  latePutMillisMax: 30 * MINUTE,
  /** Keys revoked earlier are refused by every API isolate: KV tells them within the hour. */
  recallMillis: DAY,
  /** Ledgers forget keys revoked earlier. Longer than anything may be late: KV has known for weeks. */
  revokedKeysKnownMillis: 31 * DAY,
  /** Keys of one tenant revoked within that time that a restored ledger is told again, the newest first: 300 KB. */
  recalledKeysMax: 10_000,
  /** Name of a tenant or key: a line in a list. */
  nameCharsMax: 100,
  /** Shorter secrets are guessable; 32 hex digits are 128 bits. */
  secretCharsMin: 32,
  /** Distinct characters of a secret: of 32 random hex digits, one in about 5 billion has fewer. */
  secretDistinctCharsMin: 7,

  // ── What a tenant may be granted ────────────────────────────────────────────────────────────
  /** Ledgers of one tenant in a region: lists and statements ask all of them. */
  shardsMax: 16,
  /**
   * What a shard leases of its tenant's limits at once: this many times what one job needs, and less near the limit.
   */
  shareBlockJobs: 256,
  /** What a shard does not use goes back after this. Until then others may be refused it. */
  shareMillis: 10 * SECOND,
  /** Leases that a shard asks for one job: others may use up what came before it is decided again. */
  leasesPerJobMax: 5,
  /** Notices of reached caps in one answer: at most six a month, and a year of them. */
  noticesMax: 72,
  /** Longest wait of a job while its shard leases more: its caller gives up after `objectMillisMax`. */
  leaseWaitMillisMax: 5 * SECOND,
  /** After an ask that failed, jobs that need more are refused at once: as long as their `Retry-After`. */
  leaseRetryMillis: 1 * SECOND,
  /** Longest that an alarm's other work waits for what is given back: a call between shards takes milliseconds. */
  leaseReturnMillisMax: 1 * SECOND,
  /** New jobs a second that one ledger serves with room to spare, and what it takes at once: four seconds' worth. */
  ledgerRequestsPerSecondMax: 250,
  ledgerBurstMax: 1000,
  /** New jobs a second and at once: what a tenant's shards take together. */
  requestsPerSecondDefault: 100,
  requestsPerSecondMax: 4000,
  burstMax: 16_000,
  /** Unsettled jobs: minutes of work; at the maximum a ledger's tables still fit its memory. */
  jobsInFlightDefault: 1000,
  jobsInFlightMax: 100_000,
  /** Days: what is older is a customer's archive, which this service is not. */
  retentionDaysMax: 30,
  /** Pictures that one tenant may store: some 80 bytes each in its ledger, and 1000 of them in one list of R2. */
  storedImagesMax: 1_000_000,
  /** Their bytes together, 10 TB. */
  storedBytesMax: 10_000_000_000_000,
  /** Largest quota: more jobs than the highest rate makes in a century. */
  monthlyQuotaMax: 1e12,

  // ── Paging ──────────────────────────────────────────────────────────────────────────────────
  pageSizeDefault: 20,
  pageSizeMax: 100,
  /** Tenant ids are small, and the roll-up reads all of them. */
  tenantIdsPageMax: 1000,
  /** Longest idempotency key: a UUID has 36 characters, and a URL fits. */
  idempotencyKeyCharsMax: 255,

  // Last, so that the compiler refuses a name that is in both.
  // ── Delivery of work, and how long it is kept: `ledger-limits.ts` ───────────────────────────
  ...ledgerLimits,
} as const;
