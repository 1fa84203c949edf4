import * as z from "zod/mini";
import type { PublicKeys } from "../../../core/books/signature.ts";
import type {
  MonthLog,
  ProvenHead,
  ProvenHour,
  SignedHead,
} from "../../../core/books/transparency.ts";

const hash = z.string().check(z.regex(/^[0-9a-f]{64}$/));
const hour = z.string().check(z.regex(/^\d{4}-\d{2}-\d{2}T\d{2}$/));
const signature = { key: z.string(), signature: z.string() };
const tree = { size: z.int(), root: hash };
const proof = z.array(hash);
const previous = z.nullable(z.object({ hour, ...tree }));

const loggedHour = z.object({
  hour,
  heads: z.int(),
  headsRoot: hash,
  ...tree,
  at: z.int(),
  ...signature,
  v: z.literal(1),
});

const head = z.object({
  ledger: z.string(),
  number: z.int(),
  hash,
  events: z.int(),
  at: z.int(),
  ...signature,
});

export const keysSchema = z.object({
  keys: z.array(
    z.object({
      kty: z.literal("OKP"),
      crv: z.literal("Ed25519"),
      x: z.string(),
      kid: z.string(),
      alg: z.literal("EdDSA"),
      use: z.literal("sig"),
      retired: z.optional(z.iso.datetime()),
      purpose: z.optional(z.literal("receipts")),
    }),
  ),
}) satisfies z.ZodMiniType<PublicKeys>;

export const monthLogSchema = z.object({
  v: z.literal(1),
  month: z.string(),
  previous,
  hours: z.array(loggedHour),
}) satisfies z.ZodMiniType<MonthLog>;

export const provenHourSchema = z.object({
  logged: loggedHour,
  link: z.object({ previous, proof }),
  consistency: z.optional(z.object({ since: hour, proof })),
}) satisfies z.ZodMiniType<ProvenHour>;

export const provenHeadsSchema = z.object({
  heads: z.array(z.object({ head, index: z.int(), proof })),
}) satisfies z.ZodMiniType<{ heads: ProvenHead[] }>;

export const headsSchema = z.object({
  heads: z.array(head),
}) satisfies z.ZodMiniType<{ heads: SignedHead[] }>;
