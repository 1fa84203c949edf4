import { limits } from "../../core/limits.ts";
import type { ConsumerPorts, Delivery } from "./ports.ts";

/** Ledger or queue could not be reached: the message comes back, later each time, with jitter. */
export function retryLater(message: Delivery, { random }: Pick<ConsumerPorts, "random">): void {
  const delaySeconds = Math.min(
    limits.redispatchMillisMax / 1000,
    2 ** Math.min(message.attempts, 8) * (1 + random()),
  );
  message.retry({ delaySeconds: Math.ceil(delaySeconds) });
}
