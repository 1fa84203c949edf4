import { isIncluded } from "../merkle.ts";
import { bytesOfHex } from "../hex.ts";
import { signatureFault, type PublicKeys, type Signature } from "../signature.ts";
import {
  headLeaf,
  headText,
  hourText,
  lastTree,
  monthLeaves,
  treeState,
  type LoggedHour,
  type MonthLog,
  type ProvenHead,
  type SignedHead,
} from "../transparency.ts";
import type { Findings } from "./report.ts";

/** What was kept of the witness's log. */
export interface WitnessRecords {
  readonly keys: PublicKeys;
  /** Months that follow one another. */
  readonly logs: readonly MonthLog[];
  /** The tenant's heads in the log, by hour. */
  readonly loggedHeads: readonly { readonly hour: string; readonly heads: readonly ProvenHead[] }[];
  /** The newest heads, which need not be logged yet. */
  readonly heads: readonly SignedHead[];
}

/** Heads that the witness signed: ledger → number of the segment → its hash. */
export type Anchors = ReadonlyMap<string, ReadonlyMap<number, string>>;

/** Checks every signature and proof, and returns the hashes that were signed. */
export async function checkWitness(records: WitnessRecords, findings: Findings): Promise<Anchors> {
  const hours = new Map<string, LoggedHour>();
  for (const [index, log] of records.logs.entries()) {
    checkLink(records.logs[index - 1], log, findings);
    await checkLog(records.keys, log, findings);
    for (const logged of log.hours) hours.set(logged.hour, logged);
  }
  const signed: SignedHead[] = [];
  for (const { hour, heads } of records.loggedHeads) {
    for (const proven of heads) {
      if (!isInHour(proven, hours.get(hour))) {
        findings.add("head-not-in-hour", whereOf(proven.head), `it is not proven to be in ${hour}`);
      } else if (await isSigned(records.keys, proven.head, findings)) signed.push(proven.head);
    }
  }
  for (const head of records.heads) {
    if (await isSigned(records.keys, head, findings)) signed.push(head);
  }
  return anchorsOf(signed, findings);
}

/** Every signed root is that of the tree of the hours until then, so that each contains all before it. */
async function checkLog(keys: PublicKeys, log: MonthLog, findings: Findings): Promise<void> {
  const leaves = monthLeaves(log.previous, log.hours);
  for (const [index, logged] of log.hours.entries()) {
    const { hour, at } = logged;
    const before = log.hours[index - 1];
    if (before && (before.hour >= hour || before.at > at)) {
      findings.add("log-goes-back", hour, `it comes after ${before.hour}`);
    }
    const { size, root } = treeState(leaves.slice(0, index + 2));
    if (size !== logged.size || root !== logged.root) {
      findings.add("hour-not-in-tree", hour, "the log of the month leads to another root");
    }
    await checkSignature(keys, hourText(logged), logged, { at, where: hour }, findings);
  }
}

function checkLink(before: MonthLog | undefined, log: MonthLog, findings: Findings): void {
  if (!before) return;
  if (JSON.stringify(lastTree(before)) === JSON.stringify(log.previous)) return;
  const detail = `its tree does not begin with the last root of ${before.month}`;
  findings.add("months-not-linked", log.month, detail);
}

function isInHour({ head, index, proof }: ProvenHead, logged: LoggedHour | undefined): boolean {
  const root = bytesOfHex(logged?.headsRoot ?? "");
  const hashes = proof.map(bytesOfHex);
  if (!logged || !root || !hashes.every((hash) => hash !== null)) return false;
  return isIncluded(headLeaf(head), index, logged.heads, hashes, root);
}

function isSigned(keys: PublicKeys, head: SignedHead, findings: Findings): Promise<boolean> {
  const about = { at: head.at, where: whereOf(head) };
  return checkSignature(keys, headText(head), head, about, findings);
}

async function checkSignature(
  keys: PublicKeys,
  text: string,
  signature: Signature,
  { at, where }: { readonly at: number; readonly where: string },
  findings: Findings,
): Promise<boolean> {
  const own = { keys: keys.keys.filter(({ purpose }) => purpose === undefined) };
  const fault = await signatureFault(own, text, signature, at);
  if (fault !== null) findings.add(fault, where, `the key is ${signature.key}`);
  return fault === null;
}

function anchorsOf(heads: readonly SignedHead[], findings: Findings): Anchors {
  const anchors = new Map<string, Map<number, string>>();
  for (const head of heads) {
    const ofLedger = anchors.get(head.ledger) ?? new Map<number, string>();
    anchors.set(head.ledger, ofLedger);
    const other = ofLedger.get(head.number);
    if (other !== undefined && other !== head.hash) {
      findings.add("forked", whereOf(head), `the witness signed ${other} and ${head.hash}`);
    }
    ofLedger.set(head.number, head.hash);
  }
  return anchors;
}

const whereOf = ({ ledger, number }: SignedHead): string => `${ledger} ${number}`;
