import {
  compareHeads,
  headText,
  type Head,
  type SignedHead,
} from "../../../core/books/transparency.ts";
import { limits } from "../../../core/limits.ts";
import type { HeadsPage, HourHeads } from "./hour-heads.ts";
import type { LogPorts } from "./log-ports.ts";
import { pendingHeads } from "./pending-heads.ts";

/**
 * Stores the heads that wait and were signed before the moment, under the hour. Those that the witness did not sign,
 * since others write to the bucket too, are reported and removed. Null: there are none. What exceeds `headsPerHourMax`
 * waits for the next hour, which is reported too.
 */
export async function collectHeads(
  { witnessStore: store, witness }: LogPorts,
  hour: string,
  before: number,
): Promise<HourHeads | null> {
  const pages: HeadsPage[] = [];
  const useless: string[] = [];
  let page: SignedHead[] = [];
  let last: Head | null = null;
  for await (const { key, head } of pendingHeads(store, before)) {
    if (last !== null && compareHeads(last, head) === 0) {
      useless.push(key);
      continue;
    }
    const fault = await witness.faultOf(headText(head), head, head.at);
    if (fault !== null) {
      reportForged(head, fault);
      useless.push(key);
      continue;
    }
    if (pages.length * limits.headsPerPage + page.length >= limits.headsPerHourMax) {
      console.warn({
        event: "heads-wait",
        hour,
        logged: limits.headsPerHourMax,
        from: head.ledger,
      });
      break;
    }
    if (page.length === limits.headsPerPage) {
      pages.push(await store.putPage(hour, pages.length, page));
      page = [];
    }
    if (last?.ledger === head.ledger && last.number === head.number) reportFork(last, head);
    page.push(head);
    last = head;
  }
  await store.forgetPending(useless);
  if (page.length === 0) return null;
  if (pages.length === 0) return store.putHour({ v: 1, hour, heads: page });
  pages.push(await store.putPage(hour, pages.length, page));
  return store.putHour({ v: 2, hour, pages });
}

function reportForged({ ledger, number: segment }: Head, fault: string): void {
  console.error({ event: "head-not-ours", ledger, segment, fault });
}

/** Both heads stay in the log, as evidence. */
function reportFork({ hash }: Head, { ledger, number: segment, hash: other }: Head): void {
  console.error({ event: "chain-forked", ledger, segment, hashes: [hash, other] });
}
