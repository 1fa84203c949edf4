import {
  headLeaf,
  hourName,
  hourText,
  lastTree,
  monthLeaves,
  compareHeads,
  treeState,
  headText,
} from "../../../core/books/transparency.ts";
import type {
  HourLeaf,
  MonthLog,
  PreviousTree,
  SignedHead,
} from "../../../core/books/transparency.ts";
import { hourMillis, hourOf } from "../../../core/ledger/usage.ts";
import type { Witness } from "../../../core/books/key-ring.ts";
import type { WitnessStore } from "./witness-store.ts";

export interface LogPorts {
  readonly witnessStore: WitnessStore;
  readonly witness: Witness;
  now(): number;
}

/**
 * Logs the heads that were signed before this hour, under the hour that ended last. May be cut off anywhere and
 * run twice or beside itself: the heads of an hour are written once, and of two signed hours one replaces the
 * log. What was missed is in the next hour's. Gives the number of heads that are in the log now.
 */
export async function logHour(ports: LogPorts): Promise<number> {
  const { witnessStore: store } = ports;
  const thisHour = hourOf(ports.now());
  const hour = hourName(thisHour - hourMillis);
  const { value, version } = await store.log(hour.slice(0, 7));
  const log = value ?? (await beginMonth(store, hour.slice(0, 7)));
  const last = lastTree(log);
  if (last !== null && last.hour >= hour) return 0;

  const pending = await store.pendingBefore(thisHour);
  if (pending.length === 0) return 0;
  const proposed = await genuine(ports.witness, distinct(pending.map(({ head }) => head)));
  const heads = await store.putHeads(hour, proposed);
  reportForks(heads);
  if (!(await store.replaceLog(await withHour(ports, log, hour, heads), version))) return 0;

  // Forged ones were reported, and go too.
  const [logged, ours] = [new Set(heads.map(headText)), new Set(proposed.map(headText))];
  const settled = pending.filter(({ head }) => {
    const text = headText(head);
    return logged.has(text) || !ours.has(text);
  });
  await store.forgetPending(settled.map(({ key }) => key));
  return heads.length;
}

/** Empty, linked to the last hour of the months before. */
async function beginMonth(store: WitnessStore, month: string): Promise<MonthLog> {
  const before = (await store.loggedMonths()).findLast((each) => each < month);
  const { value } = before === undefined ? { value: null } : await store.log(before);
  const previous: PreviousTree | null = value && lastTree(value);
  return { v: 1, month, previous, hours: [] };
}

async function withHour(
  ports: LogPorts,
  log: MonthLog,
  hour: string,
  heads: readonly SignedHead[],
): Promise<MonthLog> {
  const { root: headsRoot } = treeState(heads.map(headLeaf));
  const leaf: HourLeaf = { hour, heads: heads.length, headsRoot };
  const tree = treeState(monthLeaves(log.previous, [...log.hours, leaf]));
  const state = { ...leaf, ...tree, at: ports.now() };
  const signature = await ports.witness.sign(hourText(state));
  return { ...log, hours: [...log.hours, { v: 1, ...state, ...signature }] };
}

function distinct(heads: readonly SignedHead[]): SignedHead[] {
  const sorted = heads.toSorted(compareHeads);
  return sorted.filter((head, index) => {
    const before = sorted[index - 1];
    return before === undefined || compareHeads(before, head) !== 0;
  });
}

/** Others write to the bucket too: a head that the witness did not sign is none. */
async function genuine(witness: Witness, heads: readonly SignedHead[]): Promise<SignedHead[]> {
  const checked: SignedHead[] = [];
  for (const head of heads) {
    const fault = await witness.faultOf(headText(head), head, head.at);
    if (fault === null) checked.push(head);
    else
      console.error({ event: "head-not-ours", ledger: head.ledger, segment: head.number, fault });
  }
  return checked;
}

/** Both heads stay in the log, as evidence. */
function reportForks(heads: readonly SignedHead[]): void {
  for (const [index, { ledger, number, hash }] of heads.entries()) {
    const before = heads[index - 1];
    if (before?.ledger !== ledger || before.number !== number) continue;
    console.error({ event: "chain-forked", ledger, segment: number, hashes: [before.hash, hash] });
  }
}
