import {
  firstPrevious,
  openSegment,
  segmentKey,
  type OpenedSegment,
} from "../../../../core/ledger/segment.ts";
import type { LedgerWorld } from "../ledger-world.ts";

/** The segments that a ledger has stored, each of which continues the one before. */
export function chainOf(world: LedgerWorld): OpenedSegment[] {
  const chain: OpenedSegment[] = [];
  for (let number = 1; ; number++) {
    const stored = world.books.objects.get(segmentKey(world.name, number));
    if (!stored) return chain;
    const before = chain.at(-1);
    const opened = openSegment(stored.bytes, {
      ledger: world.name,
      number,
      previous: before?.hash ?? firstPrevious,
      firstSeq: (before?.header.lastSeq ?? 0) + 1,
    });
    if (!opened.ok) throw new Error(`segment ${number}: ${opened.error.reason}`);
    chain.push(opened.value);
  }
}
