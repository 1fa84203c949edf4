import type { Charges, Statement } from "../../core/billing/statement.ts";
import type { AdminClient, TenantClient, UsageDocument } from "../local/service-client.ts";
import { formatBytes, stage } from "../terminal.ts";

/** Shows what the service counted for the tenant so far, and what that costs. */
export async function printBooks(tenant: TenantClient, admin: AdminClient): Promise<void> {
  const usage = await stage("Reading the usage", () => tenant.usage());
  const { statement, bill } = await stage("Rolling up the bill", async () => {
    await admin.rollUp();
    const made = await tenant.statement(new Date().toISOString().slice(0, 7));
    return { statement: made, bill: made.preview ?? made };
  });
  console.log(`\nusage   ${usageLine(usage)}`);
  console.log(`bill    ${billLine(statement, bill)}\n`);
}

function usageLine({ total, asOf }: UsageDocument): string {
  return [
    `${total.jobsDone} jobs done`,
    `${total.jobsFailed} failed`,
    `${total.outputs} renditions`,
    `${formatBytes(total.bytesIn)} in`,
    `${formatBytes(total.bytesOut)} out`,
    `${total.megapixels.toFixed(1)} megapixels`,
    `${total.computeUnits} compute units`,
    `as of ${asOf}`,
  ].join(" · ");
}

function billLine(statement: Statement, bill: Charges): string {
  const lines = bill.lines.map(
    ({ quantity, unit, amountMicros }) => `${quantity} × ${unit} = ${money(amountMicros)}`,
  );
  const kind = statement.preview ? `preview of ${statement.month}` : statement.month;
  return `${[...lines, `${money(bill.totalMicros)} ${statement.currency}`].join(" · ")} · ${kind}, price list ${statement.priceList}, ${statement.ledgers.included} of ${statement.ledgers.known} ledgers`;
}

const money = (micros: number): string => `$${(micros / 1e6).toFixed(6)}`;
