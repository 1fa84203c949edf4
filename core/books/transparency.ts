/**
 * What the witness publishes about the ledgers' chains. It signs the head of each chain that grew (`Head`),
 * and for each hour it logs the heads it signed: their Merkle root is one leaf of the month's tree, whose
 * root it signs too (`LoggedHour`). The first leaf of a month's tree is the last root of the month before.
 * So one signed hour commits the service to every head of every chain until then.
 */
import { hexOf } from "./hex.ts";
import { leafHash, merkleRoot, type Hash } from "./merkle.ts";
import type { Signature } from "./signature.ts";

/** The end of a ledger's chain, as the witness verified it. */
export interface Head {
  /** `<tenant>/<region>/<shard>` */
  readonly ledger: string;
  /** Number of the last segment, from 1. */
  readonly number: number;
  /** SHA-256 of that segment, hex. It covers every segment before. */
  readonly hash: string;
  /** How many events the chain holds. */
  readonly events: number;
  /** When it was signed, epoch milliseconds by the witness's clock. */
  readonly at: number;
}

export interface SignedHead extends Head, Signature {}

/** The heads that were signed until the end of an hour and not logged before. */
export interface HourLeaf {
  /** `YYYY-MM-DDTHH`, UTC. */
  readonly hour: string;
  /** How many heads. */
  readonly heads: number;
  /** Merkle root over the heads, in the order of `compareHeads`; hex. */
  readonly headsRoot: string;
}

/** The month's tree once the hour is its last leaf. */
export interface TreeState {
  /** Leaves, the first of which is the link to the month before. */
  readonly size: number;
  /** Hex. */
  readonly root: string;
}

export interface LoggedHour extends HourLeaf, TreeState, Signature {
  readonly v: 1;
  /** When it was signed, epoch milliseconds by the witness's clock. */
  readonly at: number;
}

/** The month's log: enough to rebuild its tree. */
export interface MonthLog {
  readonly v: 1;
  /** `YYYY-MM` */
  readonly month: string;
  /** The last hour that was logged before this month; null: this is the first month. */
  readonly previous: PreviousTree | null;
  /** Oldest first; an hour in which no chain grew is not there. */
  readonly hours: readonly LoggedHour[];
}

export interface PreviousTree extends TreeState {
  readonly hour: string;
}

/** A head and what shows that it is under `headsRoot` of its hour. */
export interface ProvenHead {
  readonly head: SignedHead;
  /** Which of the hour's heads it is, from 0. */
  readonly index: number;
  /** RFC 6962 §2.1.1, from the leaf upwards; hex. */
  readonly proof: readonly string[];
}

/** A logged hour with what shows that the log only grew. */
export interface ProvenHour {
  readonly logged: LoggedHour;
  /** The tree that the month's first leaf holds, and the proof that it does. */
  readonly link: { readonly previous: PreviousTree | null; readonly proof: readonly string[] };
  /** That the tree of an earlier hour of the month is a beginning of this one (RFC 6962 §2.1.2). */
  readonly consistency?: { readonly since: string; readonly proof: readonly string[] };
}

/** What a head's signature is over. */
export function headText({ ledger, number, hash, events, at }: Head): string {
  return `minilab-head-v1\n${JSON.stringify({ ledger, number, hash, events, at })}`;
}

/** What a logged hour's signature is over. */
export function hourText(logged: HourLeaf & TreeState & { readonly at: number }): string {
  const { hour, heads, headsRoot, size, root, at } = logged;
  return `minilab-hour-v1\n${JSON.stringify({ hour, heads, headsRoot, size, root, at })}`;
}

/** By ledger, then number, then hash; none equal another in all three. */
export function compareHeads(left: Head, right: Head): number {
  if (left.ledger !== right.ledger) return left.ledger < right.ledger ? -1 : 1;
  if (left.number !== right.number) return left.number - right.number;
  return left.hash < right.hash ? -1 : Number(left.hash > right.hash);
}

export const headLeaf = (head: Head): Hash => leafHash(utf8(headText(head)));

function hourLeaf({ hour, heads, headsRoot }: HourLeaf): Hash {
  return leafHash(utf8(JSON.stringify({ hour, heads, headsRoot })));
}

/** The first leaf of a month's tree. */
export function linkLeaf(previous: PreviousTree | null): Hash {
  if (previous === null) return leafHash(utf8("null"));
  const { hour, size, root } = previous;
  return leafHash(utf8(JSON.stringify({ hour, size, root })));
}

/** The leaves of a month's tree once `hours` are in it. */
export function monthLeaves(previous: PreviousTree | null, hours: readonly HourLeaf[]): Hash[] {
  return [linkLeaf(previous), ...hours.map(hourLeaf)];
}

export function treeState(leaves: readonly Hash[]): TreeState {
  return { size: leaves.length, root: hexOf(merkleRoot(leaves)) };
}

/** Where the next month's tree begins: after this one's last hour, or where this one began. */
export function lastTree({ previous, hours }: MonthLog): PreviousTree | null {
  const last = hours.at(-1);
  return last ? { hour: last.hour, size: last.size, root: last.root } : previous;
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The UTC hour that holds the moment (epoch milliseconds), as the log names it. */
export const hourName = (at: number): string => new Date(at).toISOString().slice(0, 13);
