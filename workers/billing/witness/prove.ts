import { hexOf } from "../../../core/books/hex.ts";
import { consistencyProof, inclusionProof, type Hash } from "../../../core/books/merkle.ts";
import { monthLeaves, type ProvenHead, type ProvenHour } from "../../../core/books/transparency.ts";
import type { WitnessStore } from "./witness-store.ts";

/** The logged hour with its proofs; null when it, or the earlier hour `since`, is not in the month's log. */
export async function proveHour(
  store: WitnessStore,
  hour: string,
  since: string | null,
): Promise<ProvenHour | null> {
  const { value: log } = await store.log(hour.slice(0, 7));
  const logged = log?.hours.find((each) => each.hour === hour);
  if (!log || !logged) return null;
  const leaves = monthLeaves(log.previous, log.hours.slice(0, logged.size - 1));
  const link = { previous: log.previous, proof: hexes(inclusionProof(leaves, 0)) };
  if (since === null) return { logged, link };
  const older = log.hours.find((each) => each.hour === since);
  if (!older || older.size > logged.size) return null;
  const proof = hexes(consistencyProof(leaves, older.size));
  return { logged, link, consistency: { since, proof } };
}

/** The tenant's heads in the log of the hour, each with its proof. */
export async function proveHeads(
  store: WitnessStore,
  tenant: string,
  hour: string,
): Promise<ProvenHead[]> {
  return (await store.hourHeads(hour))?.prove(tenant) ?? [];
}

const hexes = (hashes: readonly Hash[]): string[] => hashes.map(hexOf);
