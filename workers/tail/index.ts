import { inTime } from "../../core/deadline.ts";
import { figuresNameFor, placedFigures } from "../../core/fleet/placed-figures.ts";
import { ledgerLimits } from "../../core/ledger-limits.ts";
import type { Counts } from "../../core/metrics/counts.ts";
import { tailCounts } from "../../core/metrics/tail-counts.ts";
import type { TailEnv } from "./env.ts";
import { UnreportedCounts } from "./unreported-counts.ts";

const unreported = new UnreportedCounts();

/** Receives every invocation of the other Workers: the only place where their true processor time is known. */
export default {
  async tail(items, env) {
    const counts = unreported.add(tailCounts(env.SERVICE, items), Date.now());
    if (counts) await tell(env, counts);
  },
} satisfies ExportedHandler<TailEnv>;

/** In figures of the first region, which stand for all. Told once: nothing is billed by them. */
async function tell(env: TailEnv, counts: Counts): Promise<void> {
  try {
    const [first] = env.FLEET.regions;
    if (!first) return;
    const name = figuresNameFor(first.name, crypto.randomUUID());
    const told = placedFigures(env, first.name, name).counted(counts);
    await inTime(globalThis, ledgerLimits.reportMillisMax, told);
  } catch (cause) {
    console.warn({ event: "counts-not-told", cause: String(cause) });
  }
}
