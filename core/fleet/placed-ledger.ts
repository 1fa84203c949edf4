import { parseLedgerName } from "../job/ledger-address.ts";
import { placed, type Objects } from "./placed.ts";
import type { Fleet } from "./topology.ts";

/** A stub of the ledger with this name. Throws for a region that is not in the fleet. */
export function placedLedger<Stub>(
  { FLEET, LEDGER }: { readonly FLEET: Fleet; readonly LEDGER: Objects<Stub> },
  name: string,
): Stub {
  return placed(FLEET, LEDGER, parseLedgerName(name).region, name);
}
