import { parseJobMessage } from "../../core/job/message.ts";
import { problem } from "../../core/problem.ts";
import { retryLater } from "./claim.ts";
import type { ConsumerEnv } from "./env.ts";

/** Dead letters: the queue gave up on these messages, so their jobs end as `failed`, visibly and unbilled. */
export async function bury(batch: MessageBatch, env: ConsumerEnv): Promise<void> {
  const exhausted = problem(
    "attempts-exhausted",
    "Every consumer that took this job ended before finishing it. Nothing is billed.",
  );
  await Promise.all(
    batch.messages.map(async (message) => {
      const body = parseJobMessage(message.body);
      try {
        if (body) {
          const outcome = { kind: "failed", problem: exhausted } as const;
          await env.LEDGER.getByName(body.ledger).settle([{ job: body.job, outcome }]);
        }
        message.ack();
      } catch (cause) {
        console.warn({ event: "bury-failed", id: message.id, cause: String(cause) });
        retryLater(message);
      }
    }),
  );
}
