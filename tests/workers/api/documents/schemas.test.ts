import { expect, test } from "vitest";
import * as z from "zod/mini";
import { defaultSettings } from "../../../../core/delivery/settings.ts";
import { plans } from "../../../../core/identity/tenant-limits.ts";
import { emptyTotals } from "../../../../core/ledger/usage.ts";
import { problem } from "../../../../core/problem.ts";
import { accountSchema } from "../../../../workers/api/documents/account-document.ts";
import { auditPageSchema } from "../../../../workers/api/documents/audit-document.ts";
import {
  createdSigningKeySchema,
  deliverySchema,
} from "../../../../workers/api/documents/delivery-document.ts";
import { jobSchema } from "../../../../workers/api/documents/job-document.ts";
import {
  originalSchema,
  uploadedSchema,
  uploadSchema,
} from "../../../../workers/api/documents/original-document.ts";
import { pictureDescriptionSchema } from "../../../../workers/api/documents/picture-description-schema.ts";
import { problemSchema } from "../../../../workers/api/documents/problem-schema.ts";
import { statementSchema } from "../../../../workers/api/documents/statement-document.ts";
import * as tenants from "../../../../workers/api/documents/tenant-document.ts";
import * as transparency from "../../../../workers/api/documents/transparency-document.ts";
import { usageSchema } from "../../../../workers/api/documents/usage-document.ts";

const at = "2026-11-29T01:00:00.000Z";
const hash = "a".repeat(64);
const size = { width: 4, height: 2 };
const { pixels: _pixels, ...counts } = emptyTotals;
const totals = { ...counts, megapixels: 0 };
const ledgers = { included: 1, known: 2, missing: ["eu"] };
const signed = { key: "k", signature: "s" };
const tree = { size: 1, root: hash };
const previous = { hour: "2026-10-31T23", ...tree };
const logged = {
  v: 1,
  hour: "2026-11-29T01",
  heads: 1,
  headsRoot: hash,
  ...tree,
  at: 0,
  ...signed,
};
const head = { ledger: "tnt_x/eu/0", number: 1, hash, events: 1, at: 0, ...signed };
const failure = {
  ...problem("quota-exceeded", "No.", { option: "width", retryAfterMillis: 1 }),
  limit: { name: "jobsPerMonth", value: 1, used: 1, resetsAt: at },
};
const amounts = {
  lines: [
    {
      ...{ item: "Units", quantity: 1, unit: "unit", unitPriceMicros: 1, per: 1 },
      ...{ tiers: [{ above: 0, priceMicros: 1 }], amountMicros: 1 },
    },
  ],
  totalMicros: 1,
  usage: emptyTotals,
};
const segments = { first: 1, last: 1, lastHash: hash };
const line = { item: "Units", quantity: 1, amountMicros: 1 };
const note = {
  ...{ number: 1, reference: "r", amountMicros: 1, reason: "late", issuedAt: at, previous: hash },
  ...{ signedAt: 0, ...signed },
};
const key = {
  ...{ id: "key_1", name: null, hint: "mlk_…1", scopes: ["jobs:read"], createdAt: at },
  ...{ expiresAt: null, revokedAt: at },
};
const operator = {
  ...{ id: "opr_1", name: "Ann", role: "owner", email: null, createdAt: at, revokedAt: null },
};
const original = {
  ...{ id: "img_1", bytes: 1, ...size, format: "png", frames: 1 },
  url: "https://img.example.com/t/x",
};
const delivery = {
  ...defaultSettings,
  dialects: {},
  signingKeys: [{ id: "sgn_1", createdAt: at }],
};
const months = { jobsPerMonth: null, computeUnitsPerMonth: null, spendMicrosPerMonth: null };
const used = { jobsInFlight: 1, jobsThisMonth: 1, computeUnitsThisMonth: 1 };
const stored = { storedImages: 1, storedBytes: 1 };

/** With every field that there can be. */
const documents: readonly [name: string, schema: z.ZodMiniType, document: object][] = [
  [
    "a job",
    jobSchema,
    {
      ...{ id: "job_1", status: "done", createdAt: at, settledAt: at, attempts: 1 },
      source: { bytes: 1, ...size, format: "png" },
      outputs: [
        { index: 0, ...size, format: "webp", bytes: 1, partial: true, url: "https://x.example" },
      ],
      usage: { computeUnits: 1, bytesIn: 1, bytesOut: 1, megapixels: 0.5, renderMillis: 1 },
      error: failure,
      receipt: {
        ...{ ledger: "tnt_x/eu/0", sequence: 1, segment: null, outputs: 1, computeUnits: 1 },
        ...{ priceList: "2026-01", currency: "USD", priceNanos: 1, jws: null },
      },
    },
  ],
  ["a problem", problemSchema, failure],
  [
    "an account",
    accountSchema,
    {
      ...{ tenant: "tnt_x", key: "key_1", scopes: ["jobs:read"], expiresAt: null },
      limits: plans.free,
      used: { ...used, spendMicrosThisMonth: 1, ...stored },
      left: { jobsInFlight: 1, ...months, ...stored },
      notices: [{ month: "2026-11", limit: "jobsPerMonth", share: 0.8, at }],
      apartUntil: at,
      ledgers,
    },
  ],
  [
    "a page of the audit trail",
    auditPageSchema,
    {
      entries: [
        {
          ...{ number: 1, at, actor: "key_1", action: "key.create", subject: "key_2" },
          ...{ tenant: null, before: 1, after: 2, from: null, previous: hash, hash },
        },
      ],
      cursor: null,
    },
  ],
  ["delivery", deliverySchema, { ...delivery, hosts: ["a.example"] }],
  ["a signing key", createdSigningKeySchema, { id: "sgn_1", createdAt: at, secret: "s" }],
  ["a stored picture", originalSchema, { ...original, storedAt: at }],
  ["a sent picture", uploadedSchema, original],
  [
    "an upload address",
    uploadSchema,
    { url: original.url, expiresAt: at, bytesMax: 1, formats: ["png"] },
  ],
  [
    "a description",
    pictureDescriptionSchema,
    {
      ...{ ...size, dominant_color: "#012345", thumbhash: "t" },
      original: { file_size: 1, ...size, format: "png", orientation: 8 },
    },
  ],
  [
    "a statement",
    statementSchema,
    {
      ...{ v: 1, tenant: "tnt_x", month: "2026-11", currency: "USD", priceList: "2026-01" },
      ...{ status: "final", through: at, ...amounts, ledgers: { included: 1, known: 1 } },
      segments: [{ ledger: "tnt_x/eu/0", ...segments, usage: emptyTotals }],
      days: [{ day: "2026-11-29", usage: emptyTotals, lines: [line] }],
      adjustments: [
        { month: "2026-10", priceList: "2026-01", ledger: "tnt_x/eu/0", segments, ...amounts },
      ],
      late: [{ ledger: "tnt_x/us/0", through: null, reason: "behind" }],
      preview: { status: "preview", asOf: at, ...amounts },
      creditNotes: [note],
      creditedMicros: 1,
      payableMicros: 0,
    },
  ],
  [
    "a tenant",
    tenants.tenantSchema,
    {
      ...{ id: "tnt_x", name: "Shop", plan: "free", limits: plans.free, status: "active" },
      ...{ home: null, stays: "anywhere", shards: 1, createdAt: at },
    },
  ],
  [
    "a tenant's shards",
    tenants.shardsSchema,
    { tenant: "tnt_x", shards: 2, epochs: [{ shards: 1, since: null }] },
  ],
  ["a key", tenants.keySchema, key],
  ["a new key", tenants.createdKeySchema, { ...key, key: "mlk_1" }],
  ["an operator", tenants.operatorSchema, operator],
  ["a new operator", tenants.createdOperatorSchema, { ...operator, token: "mlo_1" }],
  [
    "the witness's keys",
    transparency.keysSchema,
    {
      keys: [
        {
          ...{ kty: "OKP", crv: "Ed25519", x: "x", kid: "k", alg: "EdDSA", use: "sig" },
          ...{ retired: at, purpose: "receipts" },
        },
      ],
    },
  ],
  [
    "a month's log",
    transparency.monthLogSchema,
    { v: 1, month: "2026-11", previous, hours: [logged] },
  ],
  [
    "a logged hour",
    transparency.provenHourSchema,
    {
      logged,
      link: { previous: null, proof: [hash] },
      consistency: { since: "2026-11-28T01", proof: [hash] },
    },
  ],
  [
    "heads in the log",
    transparency.provenHeadsSchema,
    { heads: [{ head, index: 0, proof: [hash] }] },
  ],
  ["heads", transparency.headsSchema, { heads: [head] }],
  [
    "usage",
    usageSchema,
    {
      ...{ asOf: at, ledgers, total: totals, hits: { requests: 1, bytes: 1 } },
      hours: [{ hour: at, ...totals }],
      days: [{ day: "2026-11-29", ...totals }],
      months: [{ month: "2026-11", ...totals }],
      groups: [{ period: "2026-11", key: null, format: "webp", ...totals }],
    },
  ],
];

test.each(documents)("every field of %s is described", (_, schema, document) => {
  // What is not described is left out.
  expect(schema.parse(document)).toEqual(document);
});

const month = { v: 1, month: "2026-11", previous: null, hours: [] };
test.each<[string, z.ZodMiniType, object]>([
  [
    "a colour without its #",
    z.pick(pictureDescriptionSchema, { dominant_color: true }),
    { dominant_color: "012345" },
  ],
  [
    "a colour and more",
    z.pick(pictureDescriptionSchema, { dominant_color: true }),
    { dominant_color: "#0123456" },
  ],
  [
    "a colour after something else",
    z.pick(pictureDescriptionSchema, { dominant_color: true }),
    { dominant_color: "x#012345" },
  ],
  [
    "an orientation of 9",
    z.pick(pictureDescriptionSchema, { original: true }),
    { original: { file_size: 1, ...size, format: "png", orientation: 9 } },
  ],
  [
    "an orientation of 0",
    z.pick(pictureDescriptionSchema, { original: true }),
    { original: { file_size: 1, ...size, format: "png", orientation: 0 } },
  ],
  [
    "a hash that is too short",
    transparency.headsSchema,
    { heads: [{ ...head, hash: hash.slice(1) }] },
  ],
  ["a hash that is too long", transparency.headsSchema, { heads: [{ ...head, hash: `${hash}a` }] }],
  [
    "a hash after something else",
    transparency.headsSchema,
    { heads: [{ ...head, hash: `x${hash}` }] },
  ],
  [
    "an hour with minutes",
    transparency.monthLogSchema,
    { ...month, hours: [{ ...logged, hour: "2026-11-29T01:00" }] },
  ],
  [
    "an hour after something else",
    transparency.monthLogSchema,
    { ...month, hours: [{ ...logged, hour: "x2026-11-29T01" }] },
  ],
  ["a month that is a day", z.pick(statementSchema, { month: true }), { month: "2026-11-29" }],
  ["a month after something else", z.pick(statementSchema, { month: true }), { month: "x2026-11" }],
  [
    "a day with its hour",
    z.pick(statementSchema, { days: true }),
    { days: [{ day: "2026-11-29T01", usage: emptyTotals, lines: [] }] },
  ],
  [
    "a day after something else",
    z.pick(statementSchema, { days: true }),
    { days: [{ day: "x2026-11-29", usage: emptyTotals, lines: [] }] },
  ],
])("%s is no such thing", (_, schema, document) => {
  // One thing is wrong, and nothing else is.
  expect(schema.safeParse(document).error?.issues).toHaveLength(1);
});
