import type { RecordedJob } from "../../core/books/receipt.ts";
import { readSegment } from "../../core/books/verify/read-segment.ts";
import type { RollUpPorts } from "./ports.ts";

export interface RecordedRow extends RecordedJob {
  readonly segment: number;
  /** Whether the witness has signed a head that covers it. */
  readonly witnessed: boolean;
}

/** Finds a record by its number: halves the ledger's segments until one holds it, some twenty reads at most. */
export async function recordedRow(
  { store, witnessStore }: Pick<RollUpPorts, "store" | "witnessStore">,
  ledger: string,
  sequence: number,
): Promise<RecordedRow | "pending" | "missing"> {
  const { value: known } = await store.checkpoint(ledger);
  if (known === null || sequence >= known.nextSeq) return "pending";
  let [low, high] = [1, known.nextSegment - 1];
  while (low <= high) {
    const number = Math.floor((low + high) / 2);
    const bytes = await store.segment(ledger, number);
    const { segment = null } = bytes ? readSegment(bytes) : {};
    if (segment === null) return "missing";
    if (sequence < segment.firstSeq) high = number - 1;
    else if (sequence > segment.lastSeq) low = number + 1;
    else {
      const row = segment.rows.find(({ seq }) => seq === sequence);
      if (!row) return "missing";
      const { job, outcome, outputs, computeUnits } = row;
      const { value: head } = await witnessStore.head(ledger);
      const witnessed = head !== null && head.number >= number;
      return { job, outcome, outputs, computeUnits, segment: number, witnessed };
    }
  }
  return "missing";
}
