import type { Host } from "../ports.ts";

/** Runs a change as one transaction. All or nothing, in memory too: if it fails, the object starts again. */
export type Atomically = <Value>(change: () => Value) => Value;

export function atomicallyOn(host: Host): Atomically {
  return (change) => {
    try {
      return host.storage.transactionSync(change);
    } catch (cause) {
      host.abort(`transaction failed: ${String(cause)}`);
      throw cause;
    }
  };
}
