import { inTime } from "../../core/deadline.ts";
import {
  markRead,
  openMonth,
  openMonthsUpTo,
  type Checkpoint,
} from "../../core/billing/checkpoint.ts";
import type { LateReason } from "../../core/billing/statement.ts";
import { hourOf, monthOf } from "../../core/ledger/usage.ts";
import { limits } from "../../core/limits.ts";
import type { RollUpPorts } from "./ports.ts";
import { readChain, type ChainFault } from "./read-chain.ts";
import { signHead, witnessedHead } from "./witness/sign-head.ts";

/** One ledger, as far as the books have read it. */
export interface LedgerBooks {
  readonly checkpoint: Checkpoint;
  /** Segments read for the first time. */
  readonly segments: number;
  /** Whether it has stored segments that were not read yet. */
  readonly unread: boolean;
  /** Up to when it says that everything is stored, epoch milliseconds; null where it said nothing. */
  readonly sealedThrough: number | null;
  /** Why it is not complete up to the last closed hour; null: it is. What is known of it still counts. */
  readonly late: LateReason | null;
}

/**
 * Reads what is new in one ledger and signs how far that is. One that cannot be reached or trusted stays where
 * it was.
 */
export async function readLedger(
  ports: RollUpPorts,
  stored: Checkpoint,
  { through, segmentsMax }: { readonly through: number; readonly segmentsMax: number },
): Promise<LedgerBooks> {
  const { ledger } = stored;
  const from = openMonth(stored, monthOf(through));
  const stuck = { checkpoint: from, segments: 0, unread: false, sealedThrough: null };
  const distrust = (fault: ChainFault): LedgerBooks => {
    console.error({ event: "ledger-chain-broken", ledger, ...fault });
    return { ...stuck, late: "not-trusted" };
  };
  try {
    // Read before the ledger is asked, so that the ledger can never seem to be behind it.
    const head = await witnessedHead(ports, ledger);
    if (!head.ok) return distrust(head.error);
    const watermark = await inTime(globalThis, limits.sealMillisMax, ports.seal(ledger));
    const claims = { watermark, witnessed: head.value.value, now: ports.now() };
    const reading = await readChain(ports.store, from, claims, segmentsMax);
    if (!reading.ok) return distrust(reading.error);
    const { checkpoint, whole } = reading.value;
    if (whole) await signHead(ports, checkpoint, head.value);
    const known =
      whole && from.readThrough === 0 ? openMonthsUpTo(checkpoint, monthOf(through)) : checkpoint;
    const { sealedThrough } = watermark;
    const shards = Math.max(known.shards ?? 1, watermark.shards ?? 1);
    const readThrough = whole ? Math.min(hourOf(sealedThrough), through) : 0;
    return {
      checkpoint: { ...markRead(known, readThrough), ...(shards > 1 && { shards }) },
      segments: checkpoint.nextSegment - from.nextSegment,
      unread: !whole,
      sealedThrough,
      late: readThrough === through ? null : "behind",
    };
  } catch (cause) {
    console.error({ event: "ledger-not-read", ledger, cause: String(cause) });
    return { ...stuck, late: "unreachable" };
  }
}
