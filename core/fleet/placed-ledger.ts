import { parseLedgerName } from "../job/ledger-address.ts";
import { limits } from "../limits.ts";
import { spreadHash } from "./hash.ts";
import type { Fleet, Jurisdiction, LocationHint, RegionName } from "./topology.ts";

interface Placing<Stub> {
  getByName(name: string, options?: { readonly locationHint?: LocationHint }): Stub;
}

/** The part of a namespace of Durable Objects that is used. */
interface Objects<Stub> extends Placing<Stub> {
  jurisdiction?(jurisdiction: Jurisdiction): Placing<Stub>;
}

/**
 * A stub of the ledger with this name, which lives where its region says. One name in two jurisdictions is
 * two objects, so every caller takes its stubs from here. Throws for a region that is not in the fleet.
 */
export function placedLedger<Stub>(
  { FLEET, LEDGER }: { readonly FLEET: Fleet; readonly LEDGER: Objects<Stub> },
  name: string,
): Stub {
  return placed(FLEET, LEDGER, parseLedgerName(name).region, name);
}

/** The names of the objects that share a region's figures. */
export const figuresNames = (region: RegionName): string[] =>
  Array.from({ length: limits.figuresParts }, (_, part) => `figures/${region}/${part}`);

/** The one that a ledger, or whatever else has this name, tells. */
export const figuresNameFor = (region: RegionName, teller: string): string =>
  `figures/${region}/${spreadHash(teller) % limits.figuresParts}`;

/** A stub of one of a region's figures. */
export function placedFigures<Stub>(
  { FLEET, FIGURES }: { readonly FLEET: Fleet; readonly FIGURES: Objects<Stub> },
  region: RegionName,
  name: string,
): Stub {
  return placed(FLEET, FIGURES, region, name);
}

function placed<Stub>(
  { regions, production }: Fleet,
  objects: Objects<Stub>,
  name: RegionName,
  object: string,
): Stub {
  const region = regions.find((each) => each.name === name);
  if (!region) throw new Error(`no region holds ${object}`);
  const { jurisdiction, locationHint } = region;
  const legal = production && jurisdiction ? objects.jurisdiction?.(jurisdiction) : undefined;
  return (legal ?? objects).getByName(object, locationHint && { locationHint });
}
