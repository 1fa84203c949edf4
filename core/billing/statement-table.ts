import { DAY } from "../magnitudes.ts";
import type { StatedCreditNote } from "../books/credit-note.ts";
import { monthEnd, monthStart } from "../ledger/usage.ts";
import type { CreditedStatement } from "./credit-note.ts";
import type { Statement, StatementLine } from "./statement.ts";

/** A statement as rows of a table: one for each day and item, then one for each adjustment and item, then the credit notes. */
interface ChargeRow extends StatementLine {
  readonly kind: "usage" | "adjustment";
  /** First moment, and first moment after. ISO 8601. */
  readonly from: string;
  readonly to: string;
  /** Where an adjustment comes from; empty for usage, which is that of all ledgers. */
  readonly ledger: string;
  readonly priceList: string;
}

/** RFC 4180, with a header line. Amounts are whole micro-units. */
export function statementCsv(statement: CreditedStatement): string {
  const { tenant, month, status, currency } = statement;
  const head = [
    ...["tenant", "month", "status", "kind", "from", "to", "ledger", "item", "unit", "quantity"],
    ...["unit_price_micros", "per", "amount_micros", "currency", "price_list", "reference"],
  ];
  const rows = chargeRows(statement).map((row) => [
    ...[tenant, month, status, row.kind, row.from, row.to, row.ledger, row.item, row.unit],
    ...[row.quantity, row.unitPriceMicros, row.per, row.amountMicros, currency, row.priceList, ""],
  ]);
  const { from, to } = monthSpan(monthStart(month));
  const credits = (statement.creditNotes ?? []).map(({ amountMicros, reference }) => [
    ...[tenant, month, status, "credit", from, to, "", "credit-note", "", "", "", ""],
    ...[-amountMicros, currency, "", reference],
  ]);
  return csv([head, ...rows, ...credits]);
}

/**
 * Rows of the FinOps Open Cost and Usage Specification 1.2 (https://focus.finops.org/focus-specification/v1-2/),
 * as CSV. An adjustment is a correction, charged for the period in which the work was done. A credit note is a credit, and
 * a correction of the invoiced month: it has a cost and no quantity.
 */
export function statementFocus(statement: CreditedStatement): string {
  const rows = chargeRows(statement).map((row) => focusRow(statement, row));
  const credits = (statement.creditNotes ?? []).map((note) => focusCredit(statement, note));
  const all = [...rows, ...credits];
  return csv([focusColumns, ...all.map((row) => focusColumns.map((column) => row[column] ?? ""))]);
}

function focusRow(statement: Statement, row: ChargeRow): Partial<FocusRow> {
  // The price of one, at the list's own precision.
  const unitPrice = withoutExponent(row.unitPriceMicros / (row.per * 1e6));
  return {
    ...billed(statement, row.amountMicros),
    ChargeCategory: "Usage",
    ChargeClass: row.kind === "adjustment" ? "Correction" : "",
    ChargeDescription: `${row.item} by price list ${row.priceList}`,
    ChargeFrequency: "Usage-Based",
    ChargePeriodEnd: row.to,
    ChargePeriodStart: row.from,
    ConsumedQuantity: row.quantity,
    ConsumedUnit: row.unit,
    ContractedUnitPrice: unitPrice,
    ListUnitPrice: unitPrice,
    PricingCategory: "Standard",
    PricingQuantity: row.quantity,
    PricingUnit: row.unit,
    SkuId: row.item,
    SkuPriceId: `${row.item}/${row.priceList}`,
  };
}

function focusCredit(
  statement: Statement,
  { number, reference, reason, amountMicros }: StatedCreditNote,
): Partial<FocusRow> {
  const { from, to } = monthSpan(monthStart(statement.month));
  return {
    ...billed(statement, -amountMicros),
    ChargeCategory: "Credit",
    ChargeClass: "Correction",
    ChargeDescription: `Credit note ${number} (${reference}): ${reason}`,
    ChargeFrequency: "One-Time",
    ChargePeriodEnd: to,
    ChargePeriodStart: from,
  };
}

/** What every row says. There are no discounts, so that all costs are one. */
function billed({ tenant, month, currency }: Statement, amountMicros: number): Partial<FocusRow> {
  const cost = decimal(amountMicros);
  const { from, to } = monthSpan(monthStart(month));
  return {
    BilledCost: cost,
    BillingAccountId: tenant,
    BillingAccountName: tenant,
    BillingCurrency: currency,
    BillingPeriodEnd: to,
    BillingPeriodStart: from,
    ContractedCost: cost,
    EffectiveCost: cost,
    InvoiceIssuerName: provider,
    ListCost: cost,
    ProviderName: provider,
    PublisherName: provider,
    ServiceCategory: "Media",
    ServiceName: "Image resizing",
  };
}

const provider = "Minilab";

const focusColumns = [
  ...(["BilledCost", "BillingAccountId", "BillingAccountName", "BillingCurrency"] as const),
  ...(["BillingPeriodEnd", "BillingPeriodStart", "ChargeCategory", "ChargeClass"] as const),
  ...(["ChargeDescription", "ChargeFrequency", "ChargePeriodEnd", "ChargePeriodStart"] as const),
  ...(["ConsumedQuantity", "ConsumedUnit", "ContractedCost", "ContractedUnitPrice"] as const),
  ...(["EffectiveCost", "InvoiceIssuerName", "ListCost", "ListUnitPrice"] as const),
  ...(["PricingCategory", "PricingQuantity", "PricingUnit", "ProviderName"] as const),
  ...(["PublisherName", "ServiceCategory", "ServiceName", "SkuId", "SkuPriceId"] as const),
];
type FocusRow = Record<(typeof focusColumns)[number], string | number>;

function chargeRows(statement: Statement): ChargeRow[] {
  const { priceList, adjustments = [] } = statement;
  return [
    ...usageRows(statement).map((row) => ({
      ...row,
      kind: "usage" as const,
      ledger: "",
      priceList,
    })),
    ...adjustments.flatMap(({ lines, month, ledger, priceList: list }) =>
      lines.map((line) => ({
        ...line,
        ...monthSpan(monthStart(month)),
        kind: "adjustment" as const,
        ledger,
        priceList: list,
      })),
    ),
  ];
}

/** By the day; statements of earlier versions have their months only. */
function usageRows({
  month,
  lines,
  days,
}: Statement): (StatementLine & { from: string; to: string })[] {
  if (!days) return lines.map((line) => ({ ...line, ...monthSpan(monthStart(month)) }));
  return days.flatMap(({ day, lines: parts }) => {
    const from = Date.parse(`${day}T00:00:00.000Z`);
    return parts.flatMap((part) => {
      const line = lines.find(({ item }) => item === part.item);
      return line ? [{ ...line, ...part, ...span(from, from + DAY) }] : [];
    });
  });
}

const monthSpan = (start: number) => span(start, monthEnd(start));

const span = (from: number, to: number) => ({
  from: new Date(from).toISOString(),
  to: new Date(to).toISOString(),
});

/** Micro-units as a decimal number of units, exactly. */
function decimal(micros: number): string {
  const digits = String(Math.abs(micros)).padStart(7, "0");
  return `${micros < 0 ? "-" : ""}${digits.slice(0, -6)}.${digits.slice(-6)}`;
}

/** As spreadsheets and FOCUS expect numbers: JavaScript writes those below 10^-6 as `2.1e-8`. */
function withoutExponent(value: number): string {
  const [digits = "", exponent] = String(value).split("e-");
  if (exponent === undefined) return digits;
  const decimals = digits.split(".")[1]?.length ?? 0;
  return value.toFixed(decimals + Number(exponent));
}

function csv(rows: readonly (readonly (string | number)[])[]): string {
  return rows.map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

function cell(value: string | number): string {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
