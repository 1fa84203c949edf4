import { parseLedgerName } from "../../core/job/ledger-address.ts";
import type { JobSpec } from "../../core/job/job.ts";
import { parseJobMessage, type JobMessage } from "../../core/job/message.ts";
import { limits } from "../../core/limits.ts";
import type { ConsumerEnv } from "./env.ts";

/** A job that is this consumer's until its lease ends, with the message to acknowledge for it. */
export interface ClaimedJob {
  readonly id: string;
  readonly ledger: string;
  readonly tenant: string;
  readonly spec: JobSpec;
  readonly awaited: boolean;
  readonly message: Message;
}

interface Ask {
  readonly message: Message;
  readonly body: JobMessage;
}

/**
 * Asks each ledger, in one call, which of its jobs still want work. Without it, jobs sent again under
 * backlog were rendered 2.8 times over; with it, once. Everything that needs no render is acknowledged here.
 */
export async function claimJobs(
  messages: readonly Message[],
  env: ConsumerEnv,
  lane: { readonly alone: boolean },
): Promise<ClaimedJob[]> {
  const byLedger = new Map<string, Ask[]>();
  for (const message of messages) {
    const body = parseJobMessage(message.body);
    if (body) {
      byLedger.set(body.ledger, [...(byLedger.get(body.ledger) ?? []), { message, body }]);
    } else {
      console.error({ event: "message-unreadable", id: message.id });
      message.ack();
    }
  }
  const claims = [...byLedger].map(([ledger, asks]) => claimFrom(ledger, asks, env, lane));
  return (await Promise.all(claims)).flat();
}

async function claimFrom(
  ledger: string,
  asks: readonly Ask[],
  env: ConsumerEnv,
  { alone }: { readonly alone: boolean },
): Promise<ClaimedJob[]> {
  try {
    const answers = await env.LEDGER.getByName(ledger).claim(
      asks.map(({ message, body }) => ({ job: body.job, redelivered: message.attempts > 1 })),
      alone,
    );
    const { tenant } = parseLedgerName(ledger);
    const claimed: ClaimedJob[] = [];
    for (const [index, { message, body }] of asks.entries()) {
      const answer = answers[index];
      if (answer?.verdict === "render") {
        const { job: id, spec, awaited } = answer;
        claimed.push({ id, ledger, tenant, spec, awaited, message });
        continue;
      }
      if (answer?.verdict === "isolate") await isolate(message, body, env);
      else message.ack();
    }
    return claimed;
  } catch (cause) {
    console.warn({ event: "claim-failed", ledger, cause: String(cause) });
    for (const { message } of asks) retryLater(message);
    return [];
  }
}

/** Hands the job to the queue where it is rendered alone. */
async function isolate(message: Message, body: JobMessage, env: ConsumerEnv): Promise<void> {
  try {
    await env.SOLO.send(body);
    message.ack();
  } catch (cause) {
    // Its neighbours are claimed and go on.
    console.warn({ event: "isolate-failed", job: body.job, cause: String(cause) });
    retryLater(message);
  }
}

/** Ledger or queue could not be reached: the message comes back, each time later. */
export function retryLater(message: Message): void {
  const delaySeconds = Math.min(
    limits.redispatchMillisMax / 1000,
    2 ** Math.min(message.attempts, 8) * (1 + Math.random()),
  );
  message.retry({ delaySeconds: Math.ceil(delaySeconds) });
}
