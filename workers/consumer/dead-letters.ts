import { parseJobMessage } from "../../core/job/message.ts";
import { limits } from "../../core/limits.ts";
import { callOut } from "./call-out.ts";
import type { ConsumerPorts, Delivery } from "./ports.ts";
import { retryLater } from "./retry-later.ts";

/**
 * Dead letters: the queue gave up on these messages. That says nothing about the jobs, so each is handed back
 * to its ledger, which sends it again until its deadline, or fails it when it keeps crashing its consumers.
 */
export async function handBackDeadLetters(
  messages: readonly Delivery[],
  ports: ConsumerPorts,
): Promise<void> {
  await Promise.all(messages.map((message) => handBack(message, ports)));
}

async function handBack(message: Delivery, ports: ConsumerPorts): Promise<void> {
  const body = parseJobMessage(message.body);
  try {
    if (body) {
      const outcome = { kind: "deferred", cause: "its message became a dead letter" } as const;
      const handedBack = () => ports.ledger(body.ledger).settle([{ job: body.job, outcome }]);
      await callOut(ports, limits.objectMillisMax, handedBack);
    }
    message.ack();
  } catch (cause) {
    ports.log.warn({ event: "dead-letter-kept", id: message.id, cause: String(cause) });
    retryLater(message, ports);
  }
}
