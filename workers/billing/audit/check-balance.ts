import type { Tally } from "../../../core/billing/audit-report.ts";
import type { LedgerBalance } from "../../../durable-objects/ledger/ledger-calls.ts";

/** The ledger's counts against each other, and its messages against their queues. */
export function checkBalance(ledger: string, balance: LedgerBalance, tally: Tally): void {
  const { accepted, ended, open, endedBefore, messages } = balance;
  const found = ended + open - endedBefore;
  tally.expect(accepted === found, {
    invariant: "accepted-is-ended-or-open",
    ledger,
    subject: "jobs",
    detail: `${accepted} were accepted; ${ended} have ended, and ${open - endedBefore} are open`,
  });
  tally.held("messages-are-taken-waiting-or-dead", messages.looked - messages.lost.length);
  for (const job of messages.lost) {
    tally.expect(false, {
      invariant: "messages-are-taken-waiting-or-dead",
      ledger,
      subject: job,
      detail: "its message was sent, is in no queue, and nobody has taken the job",
    });
  }
}
