/**
 * Which form the parts of kept books must have, so that the checks can rely on it: their files may be damaged or
 * forged. Everything else in them is allowed, so that what later versions add is no fault.
 */
import {
  figures,
  isUsage,
  type GivenStatement,
  type PriceList,
  type Usage,
} from "./rebuild-statement.ts";
import { verifyLimits } from "./verify-limits.ts";

type Form = (value: unknown) => boolean;

const object =
  (fields: Readonly<Record<string, Form>>): Form =>
  (value) =>
    typeof value === "object" &&
    value !== null &&
    Object.entries(fields).every(([name, has]) => has((value as Record<string, unknown>)[name]));
const list =
  (has: Form): Form =>
  (value) =>
    Array.isArray(value) && value.every(has);
const optional =
  (has: Form): Form =>
  (value) =>
    value === undefined || has(value);
const nullOr =
  (has: Form): Form =>
  (value) =>
    value === null || has(value);
const text: Form = (value) => typeof value === "string";
const integer: Form = (value) => Number.isSafeInteger(value);
const positive: Form = (value) => Number.isSafeInteger(value) && Number(value) > 0;

const isFlat = (value: unknown, depth = 0): boolean =>
  typeof value !== "object" ||
  value === null ||
  (depth < verifyLimits.formDepthMax &&
    Object.values(value).every((each) => isFlat(each, depth + 1)));

const flat =
  (has: Form): Form =>
  (value) =>
    isFlat(value) && has(value);

const usage: Form = (value) => isUsage(value as Partial<Usage> | null);
const range = { first: positive, last: positive, lastHash: text };
const month: Form = (value) => text(value) && /^\d{4}-\d{2}$/.test(String(value));
const time: Form = (value) => text(value) && Number.isFinite(Date.parse(String(value)));

const statement = flat(
  object({
    ...{ tenant: text, month, priceList: text, through: time, usage, ledgers: object({}) },
    segments: list(object({ ...range, ledger: text })),
    adjustments: optional(
      list(object({ month: text, priceList: text, ledger: text, segments: object(range), usage })),
    ),
    creditNotes: optional(list(() => true)),
  }),
);

/** Null: the text is no statement. */
export function parseStatement(json: string): GivenStatement | null {
  const given = parsed(json);
  if (!statement(given)) return null;
  const { segments, adjustments = [] } = given as GivenStatement;
  const ranges = [...segments, ...adjustments.map((each) => each.segments)];
  return ranges.every(({ first, last }) => first <= last) ? (given as GivenStatement) : null;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}

/** What every list must say, so that the month's can be found. */
export const arePriceLists = flat(list(object({ version: text, from: text })));

const tier = object({ above: integer, priceMicros: integer });
const price = object({
  ...{ item: text, unit: text, priceMicros: integer, per: positive, tiers: optional(list(tier)) },
  counts: (value) => (figures as readonly unknown[]).includes(value),
});

/** A list that a statement follows from: each price can be worked out. */
export const isPriceList: (list: PriceList) => boolean = object({ prices: list(price) });

export const areKeys = flat(object({ keys: list(object({ retired: optional(text) })) }));

export const areKeptNotes = flat(optional(list(object({ number: integer }))));

const signature = { key: text, signature: text };
const head = object({
  ...{ ledger: text, number: integer, hash: text, events: integer, at: integer },
  ...signature,
});
const tree = { hour: text, size: integer, root: text };
const hour = object({ ...tree, ...signature, heads: integer, headsRoot: text, at: integer });

export const areLogs = flat(
  list(object({ month: text, previous: nullOr(object(tree)), hours: list(hour) })),
);
export const areLoggedHeads = flat(
  list(object({ hour: text, heads: list(object({ head, index: integer, proof: list(text) })) })),
);
export const areHeads = flat(list(head));
