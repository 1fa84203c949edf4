import type { Checkpoint } from "../../../core/billing/checkpoint.ts";
import { headText, type Head, type SignedHead } from "../../../core/books/transparency.ts";
import { err, ok, type Result } from "../../../core/result.ts";
import type { Versioned } from "../json-store.ts";
import type { LogPorts } from "./log-ports.ts";

/** The last head that was signed for the ledger. Refused when the stored one is not the witness's own. */
export async function witnessedHead(
  { witnessStore, witness }: LogPorts,
  ledger: string,
): Promise<Result<Versioned<SignedHead | null>, { segment: number; reason: "head-not-ours" }>> {
  const stored = await witnessStore.head(ledger);
  const head = stored.value;
  if (head === null) return ok(stored);
  const isOther = head.ledger !== ledger;
  if (isOther || (await witness.faultOf(headText(head), head, head.at)) !== null) {
    return err({ segment: head.number, reason: "head-not-ours" });
  }
  return ok(stored);
}

/**
 * Signs how far the chain was read, if that is further than before. The head waits to be logged before it
 * becomes the ledger's last, so that no crash leaves one that is never logged.
 */
export async function signHead(
  ports: LogPorts,
  { ledger, nextSegment, nextSeq, previousHash }: Checkpoint,
  known: Versioned<SignedHead | null>,
): Promise<void> {
  const number = nextSegment - 1;
  if (number <= (known.value?.number ?? 0)) return;
  const head: Head = { ledger, number, hash: previousHash, events: nextSeq - 1, at: ports.now() };
  const signed = { ...head, ...(await ports.witness.sign(headText(head))) };
  await ports.witnessStore.putPending(signed);
  await ports.witnessStore.replaceHead(signed, known.version);
}
