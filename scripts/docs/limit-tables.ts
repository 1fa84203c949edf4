import { plans, type TenantLimits } from "../../core/identity/tenant-limits.ts";
import { alwaysRead, titlesOf } from "../../core/image/formats.ts";
import { limits } from "../../core/limits.ts";
import { bytes, code, duration, grouped, table } from "./markdown.ts";

const megapixels = (pixels: number) => `${pixels / 1e6} MP`;

/** The limits that a client can meet, and what happens beyond them. */
export const limitsTable = (): string => table(["what", "limit", "beyond it"], clientLimits);

const clientLimits: readonly (readonly string[])[] = [
  ["request body", `${bytes(limits.sourceBytesMax)}, length known`, "413, 411"],
  [
    "source format",
    `${titlesOf(alwaysRead, "or")}; HEIC where the operator [switched it on](heic.md)`,
    "415",
  ],
  [
    "source size",
    `${grouped(limits.sourceSideMax)} pixels a side, ${megapixels(limits.sourcePixelsMax)}, and [what the memory plan allows](#what-the-memory-plan-allows)`,
    "422",
  ],
  [
    "rendition size",
    `${grouped(limits.outputSideMax)} pixels a side, ${megapixels(limits.outputPixelsMax)}, and what the memory plan allows`,
    "400 for the option, 422 for the result",
  ],
  ["outputs of a job", String(limits.outputsMax), "400"],
  ["options of a request", `${limits.optionsCharsMax} characters`, "400"],
  ["fields of a form", `${limits.formFieldsMax}, files aside`, "400"],
  ["time to upload", duration(limits.uploadMillisMax), "408"],
  [
    "an upload address",
    `one picture; works for ${limits.uploadAddressSecondsDefault / 60} minutes, or as long as was asked for, up to ${limits.uploadAddressSecondsMax / 60}`,
    "409, 403",
  ],
  ["stored pictures, their bytes", "as granted to the tenant", "403 `storage-limit-reached`"],
  ["time to render", duration(limits.renderMillisMax), "the job is `failed`"],
  ["`Idempotency-Key`", `${limits.idempotencyKeyCharsMax} printable ASCII characters`, "400"],
  ["a page of a list", `${limits.pageSizeMax} entries`, "400"],
  ["active API keys of a tenant", String(limits.keysPerTenantMax), "409"],
  [
    "jobs a second, at once, in flight, a month; compute units a month",
    "as granted to the tenant",
    "429",
  ],
  [
    "one tenant's ledger",
    `${bytes(limits.ledgerBytesMax)}; settled jobs leave it, so that it holds what is open and a small record of the rest`,
    "503",
  ],
  [
    "reads; deletions (a second, at once; counted where the request comes in)",
    `${limits.readsPerJob} and ${limits.deletionsPerJob} times the jobs that were granted`,
    "429",
  ],
  [
    "changes of settings and new keys; revoked keys; looks at settings, keys and the audit trail (each counted where the request comes in)",
    `${limits.changesPerSecond} a second, ${limits.changesAtOnceMax} at once, of each`,
    "429",
  ],
  [
    "jobs waiting in the queue, of all tenants",
    `${grouped(limits.queueBacklogMax)}, none longer than ${duration(limits.queueAgeMillisMax)}; the tenant that fills it is refused first`,
    "503",
  ],
  [
    "`Prefer: wait`",
    `${limits.waitSecondsMax} s; ${limits.waitersMax} held requests a tenant`,
    "shortened; not held",
  ],
  [
    "time until a job is settled",
    `${duration(limits.jobDeadlineMillis)}; ${limits.attemptsMax} renders that threw or ended their consumer. Trouble around a job (storage, queue, ledger) only delays it`,
    "the job is `failed`",
  ],
  [
    "pictures, jobs",
    `kept ${duration(limits.jobRetentionMillis)}, or as many days as the plan says (\`retentionDays\`)`,
    "deleted",
  ],
  [
    "idempotency keys",
    `kept as long as the jobs; ${duration(limits.replayRetentionMillisMin)} at least once a ledger holds more than ${bytes(limits.replaysBytesMax)}`,
    "unknown again",
  ],
  [
    "usage by the hour",
    `kept ${duration(limits.usageRetentionMillis)}, and asked for at most as many at once; the sealed records stay`,
    "400",
  ],
];

/** What each plan grants, and the most that an operator can choose for one tenant in its place. */
export const plansTable = (): string =>
  table(
    ["limit", ...Object.keys(plans).map(code), "at most"],
    planRows.map(([name, show, most]) => [
      code(name),
      ...Object.values(plans).map((plan: TenantLimits) => show(plan[name])),
      most,
    ]),
  );

type Show = (limit: number | null) => string;
const plain: Show = (limit) => (limit === null ? "–" : grouped(limit));
const money: Show = (micros) => (micros === null ? "–" : `$${plain(micros / 1e6)}`);
const decimalBytes: Show = (limit) => {
  if (limit === null) return "–";
  if (limit % 1e6 !== 0) return bytes(limit);
  if (limit < 1e9) return `${limit / 1e6} MB`;
  return limit < 1e12 ? `${limit / 1e9} GB` : `${limit / 1e12} TB`;
};

const planRows: readonly (readonly [keyof TenantLimits, Show, string])[] = [
  ["requestsPerSecond", plain, `${limits.ledgerRequestsPerSecondMax} a shard`],
  ["burst", plain, `${limits.ledgerBurstMax} a shard`],
  ["jobsInFlight", plain, plain(limits.jobsInFlightMax)],
  ["jobsPerMonth", plain, "–"],
  ["computeUnitsPerMonth", plain, "–"],
  ["spendMicrosPerMonth", money, "–"],
  ["sourceBytesMax", decimalBytes, decimalBytes(limits.sourceBytesMax)],
  ["sourcePixelsMax", (limit) => megapixels(limit ?? 0), megapixels(limits.sourcePixelsMax)],
  ["retentionDays", plain, plain(limits.retentionDaysMax)],
  ["storedImagesMax", plain, plain(limits.storedImagesMax)],
  ["storedBytesMax", decimalBytes, decimalBytes(limits.storedBytesMax)],
];

export const memoryBounds = (): string =>
  `A render that needs more than ${bytes(limits.wasmBytesMax)}, or ${bytes(limits.isolateBytesMax)} with its file, is refused as \`over-memory-plan\`.`;
