import { figuresNames } from "../../core/fleet/placed-figures.ts";
import { figuresTogether } from "../../core/metrics/ledger-report.ts";
import type { Tenant } from "../world/client.ts";
import { region, type World } from "../world/world.ts";

/** What the region's figures say ended is what its ledgers counted, whatever reports were lost, late or twice. */
export async function checkFigures(world: World, tenants: readonly Tenant[]): Promise<void> {
  const parts = figuresNames(region).map((name) => world.figures.getByName(name).snapshot());
  const { counts } = figuresTogether(await Promise.all(parts));
  let ended = 0;
  for (const { id } of tenants) {
    for (const name of world.ledgersOf(id)) {
      const { hours } = await world.ledgers.getByName(name).usage(0, Number.MAX_SAFE_INTEGER);
      for (const { totals } of hours) ended += totals.jobsDone + totals.jobsFailed;
    }
  }
  const shown = (counts["done"] ?? 0) + (counts["failed"] ?? 0);
  // A restored ledger does again what it had told of and not sealed: the figures count both.
  const isRight = world.record.restored.size > 0 ? shown >= ended : shown === ended;
  if (!isRight) {
    world.record.violate("figures-are-the-ledgers", `${shown} jobs for ${ended}`);
  }
}
