import type { Fleet, Jurisdiction, LocationHint, RegionName } from "./topology.ts";

interface Placing<Stub> {
  getByName(name: string, options?: { readonly locationHint?: LocationHint }): Stub;
}

/** The part of a namespace of Durable Objects that is used. */
export interface Objects<Stub> extends Placing<Stub> {
  jurisdiction?(jurisdiction: Jurisdiction): Placing<Stub>;
}

/**
 * A stub of the object with this name, which lives where its region says. One name in two jurisdictions is
 * two objects, so every stub is taken here. Throws for a region that is not in the fleet.
 */
export function placed<Stub>(
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
