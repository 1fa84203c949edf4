import {
  hourName,
  hourText,
  lastTree,
  monthLeaves,
  treeState,
  type HourLeaf,
  type MonthLog,
  type PreviousTree,
} from "../../../core/books/transparency.ts";
import { hourMillis, hourOf } from "../../../core/ledger/usage.ts";
import { collectHeads } from "./collect-heads.ts";
import type { HourHeads } from "./hour-heads.ts";
import type { LogPorts } from "./log-ports.ts";
import type { WitnessStore } from "./witness-store.ts";

/**
 * Logs the heads that were signed before this hour, under the hour that ended last. May be cut off anywhere and
 * run twice, also at the same time: the heads of an hour are written once, and of two signed hours one replaces the
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

  const heads = (await store.hourHeads(hour)) ?? (await collectHeads(ports, hour, thisHour));
  if (heads === null) return 0;
  if (!(await store.replaceLog(await withHour(ports, log, hour, heads), version))) return 0;
  await store.forgetLogged(heads);
  return heads.count;
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
  heads: HourHeads,
): Promise<MonthLog> {
  const leaf: HourLeaf = { hour, heads: heads.count, headsRoot: heads.root };
  const tree = treeState(monthLeaves(log.previous, [...log.hours, leaf]));
  const state = { ...leaf, ...tree, at: ports.now() };
  const signature = await ports.witness.sign(hourText(state));
  return { ...log, hours: [...log.hours, { v: 1, ...state, ...signature }] };
}
