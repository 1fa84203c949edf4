import { parseLedgerName } from "../job/ledger-address.ts";
import type { Fleet, Jurisdiction, LocationHint } from "./topology.ts";

interface Placing<Stub> {
  getByName(name: string, options?: { readonly locationHint?: LocationHint }): Stub;
}

/** The part of a namespace of Durable Objects that is used. */
interface Ledgers<Stub> extends Placing<Stub> {
  jurisdiction?(jurisdiction: Jurisdiction): Placing<Stub>;
}

/**
 * A stub of the ledger with this name, which lives where its region says. One name in two jurisdictions is
 * two objects, so every caller takes its stubs from here. Throws for a region that is not in the fleet.
 */
export function placedLedger<Stub>(
  { FLEET, LEDGER }: { readonly FLEET: Fleet; readonly LEDGER: Ledgers<Stub> },
  name: string,
): Stub {
  const region = FLEET.regions.find((each) => each.name === parseLedgerName(name).region);
  if (!region) throw new Error(`no region holds the ledger ${name}`);
  const { jurisdiction, locationHint } = region;
  const legal = FLEET.production && jurisdiction ? LEDGER.jurisdiction?.(jurisdiction) : undefined;
  return (legal ?? LEDGER).getByName(name, locationHint && { locationHint });
}
