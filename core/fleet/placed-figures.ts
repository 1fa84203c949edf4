import { ledgerLimits } from "../ledger-limits.ts";
import { spreadHash } from "./hash.ts";
import { placed, type Objects } from "./placed.ts";
import type { Fleet, RegionName } from "./topology.ts";

/** The names of the objects that share a region's figures. */
export const figuresNames = (region: RegionName): string[] =>
  Array.from({ length: ledgerLimits.figuresParts }, (_, part) => `figures/${region}/${part}`);

/** The one that a ledger, or whatever else has this name, tells. */
export const figuresNameFor = (region: RegionName, teller: string): string =>
  `figures/${region}/${spreadHash(teller) % ledgerLimits.figuresParts}`;

/** A stub of one of a region's figures. */
export function placedFigures<Stub>(
  { FLEET, FIGURES }: { readonly FLEET: Fleet; readonly FIGURES: Objects<Stub> },
  region: RegionName,
  name: string,
): Stub {
  return placed(FLEET, FIGURES, region, name);
}
