import type { Tenant } from "../world/client.ts";
import type { Process } from "../time/process.ts";
import type { Bookkeeper } from "../books/bookkeeper.ts";
import type { World } from "../world/world.ts";
import { checkBooks } from "./books.ts";
import { checkBounds } from "./bounds.ts";
import { checkEntries } from "./entries.ts";
import { checkFigures } from "./figures.ts";
import { checkJobs } from "./jobs.ts";
import { checkKeys } from "./keys.ts";
import { checkRecall } from "./recall.ts";
import { checkStorage } from "./storage.ts";

/** Everything that must be true when nothing is under way any more. */
export async function whenQuiet(
  world: World,
  { tenants, bookkeeper }: { readonly tenants: readonly Tenant[]; readonly bookkeeper: Bookkeeper },
  process: Process,
): Promise<void> {
  try {
    const listed = await checkJobs(world, tenants, process);
    await checkBooks(world, tenants, listed);
    await checkFigures(world, tenants);
    checkKeys(world, tenants);
    checkEntries(world);
    checkStorage(world, tenants, listed);
    await checkRecall(world);
    checkBounds(world, listed);
    for (const { id } of tenants) await bookkeeper.audit(id, process);
  } catch (cause) {
    world.record.violate("answers-when-all-is-well", String(cause));
  }
}
