import { inTime } from "../../core/deadline.ts";
import { parseJobMessage } from "../../core/job/message.ts";
import { limits } from "../../core/limits.ts";
import { problem } from "../../core/problem.ts";
import type { ConsumerPorts, Delivery } from "./ports.ts";
import { retryLater } from "./retry-later.ts";

/** Dead letters: the queue gave up on these messages, so their jobs end as `failed`, visibly and unbilled. */
export async function settleDeadLetters(
  messages: readonly Delivery[],
  ports: ConsumerPorts,
): Promise<void> {
  const exhausted = problem(
    "attempts-exhausted",
    "Every consumer that took this job ended before finishing it. Nothing is billed.",
  );
  await Promise.all(
    messages.map(async (message) => {
      const body = parseJobMessage(message.body);
      try {
        if (body) {
          const outcome = { kind: "failed", problem: exhausted } as const;
          const settled = ports.ledger(body.ledger).settle([{ job: body.job, outcome }]);
          await inTime(ports.timers, limits.objectMillisMax, settled);
        }
        message.ack();
      } catch (cause) {
        ports.log.warn({ event: "dead-letter-not-settled", id: message.id, cause: String(cause) });
        retryLater(message, ports);
      }
    }),
  );
}
