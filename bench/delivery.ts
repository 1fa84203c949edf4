/**
 * Delivery compared with the least that could do the same: a stored rendition against a Worker that holds the
 * bytes, and one that has to be made against the engine alone. All run on the same machine and take
 * turns. A stored one is measured under `wrangler dev` and in workerd alone. One that has to be made is measured with a process for each kind of work, as on the platform, for one tenant and
 * for several, and with one thread for everything.
 */
import { say, stage } from "../scripts/terminal.ts";
import { sceneOf } from "./engine-alone.ts";
import { hostDescription } from "./host.ts";
import { Hits } from "./hits.ts";
import { Misses, startedIn, type MissTurn, type Turn } from "./misses.ts";
import { stateKind, type StateKind } from "./state.ts";
import { median, quantile, round, spread } from "./statistics.ts";

interface DeliveryReport {
  readonly host: string;
  /** Where what is stored lies. */
  readonly state: StateKind;
  /** A rendition that lies in R2, over a bare Worker's answer with the same bytes. */
  readonly hitRatio: number;
  /** The same in workerd alone: `wrangler dev` takes several times as long for a request as either Worker. */
  readonly hitRatioInWorkerd: number;
  readonly hitSpreadInWorkerd: number;
  /** A rendition made of a stored original, over the engine's renders. */
  readonly missRatio: number;
  /** The same over a Worker that reads the original, renders, stores the rendition and answers with it. */
  readonly missOfBare: number;
  /** The same three where the renditions are of six tenants. */
  readonly missRatioSeveral: number;
  readonly missOfBareSeveral: number;
  readonly missSpreadSeveral: number;
  /** The same where one thread does everything. */
  readonly missRatioOneThread: number;
  readonly missOfBareOneThread: number;
  readonly missSpreadOneThread: number;
  readonly hitP50Ms: number;
  readonly hitP99Ms: number;
  readonly missP50Ms: number;
  readonly missP99Ms: number;
  readonly hitsPerSecond: number;
  readonly barePerSecond: number;
  readonly missesPerSecond: number;
  readonly engineOnlyPerSecond: number;
  readonly hitSpread: number;
  readonly missSpread: number;
}

export async function benchDelivery(
  rounds: number,
  choice: { readonly disk: boolean },
): Promise<DeliveryReport> {
  const state = stateKind(choice);
  const jpeg = await stage("Making the picture", async () => sceneOf(256 * 1024));
  const [one, apart] = await stage("Starting the service and the engine alone, twice", () =>
    Promise.all([startedIn("one", state), startedIn("apart", state)]),
  );
  const [underDev, inWorkerd] = await stage("Starting a bare Worker and another service", () =>
    Promise.all([Hits.of(one, jpeg, state), Hits.inWorkerd(jpeg, state)]),
  );
  say(`  1600 × 1200 JPEG → 1000 px JPEG of ${underDev.bytes} bytes`);

  const tenants = await Promise.all(Array.from({ length: tenantsWhereSeveral }, apart.newTenant));
  const ofOne = new Misses(apart, [apart.tenant], jpeg);
  const ofSeveral = new Misses(apart, tenants, jpeg);
  const onOneThread = new Misses(one, [one.tenant], jpeg);
  const misses = { "one tenant": ofOne, "six tenants": ofSeveral, "one thread": onOneThread };
  await stage("Warming up", async () => {
    for (const each of Object.values(misses)) await each.warmUp();
  });
  for (let number = 1; number <= rounds; number++) {
    await stage(`Round ${number} of ${rounds}`, async (detail) => {
      const seen: string[] = [];
      for (const [what, each] of Object.entries({ "wrangler dev": underDev, workerd: inWorkerd })) {
        const { perSecond, alone } = await each.turn();
        seen.push(`${round(perSecond)} hits of ${round(alone)} (${what})`);
      }
      for (const [what, each] of Object.entries(misses)) {
        const { perSecond, alone } = await each.turn();
        seen.push(`${round(perSecond)} misses of ${round(alone)} (${what})`);
      }
      detail(seen.join(", "));
    });
  }
  await Promise.all([underDev, inWorkerd, one, apart].map((each) => each.stop()));
  return {
    host: hostDescription(),
    state,
    ...reportOf(underDev.turns, ofOne.turns),
    hitRatioInWorkerd: round(median(ratiosOf(inWorkerd.turns)), 3),
    hitSpreadInWorkerd: round(spread(ratiosOf(inWorkerd.turns)), 3),
    ...missFigures(ofSeveral.turns, "Several"),
    ...missFigures(onOneThread.turns, "OneThread"),
  };
}

/** As busy as each other. */
const tenantsWhereSeveral = 6;

const ratiosOf = (turns: readonly Turn[]) => turns.map(({ perSecond, alone }) => perSecond / alone);

const missFigures = <Of extends string>(misses: readonly MissTurn[], of: Of) =>
  ({
    [`missRatio${of}`]: round(median(ratiosOf(misses)), 3),
    [`missOfBare${of}`]: round(median(misses.map(({ ofBare }) => ofBare)), 3),
    [`missSpread${of}`]: round(spread(ratiosOf(misses)), 3),
  }) as Record<`${"missRatio" | "missOfBare" | "missSpread"}${Of}`, number>;

function reportOf(
  hits: readonly Turn[],
  misses: readonly MissTurn[],
): Omit<DeliveryReport, "host" | "state" | `${string}${"OneThread" | "Several" | "InWorkerd"}`> {
  const middle = (turns: readonly Turn[], of: "perSecond" | "alone") =>
    round(median(turns.map((turn) => turn[of])));
  const latency = (turns: readonly Turn[], share: number) =>
    round(
      quantile(
        turns.flatMap(({ latencies }) => [...latencies]),
        share,
      ),
      1,
    );
  return {
    hitRatio: round(median(ratiosOf(hits)), 3),
    ...missFigures(misses, ""),
    hitP50Ms: latency(hits, 0.5),
    hitP99Ms: latency(hits, 0.99),
    missP50Ms: latency(misses, 0.5),
    missP99Ms: latency(misses, 0.99),
    hitsPerSecond: middle(hits, "perSecond"),
    barePerSecond: middle(hits, "alone"),
    missesPerSecond: middle(misses, "perSecond"),
    engineOnlyPerSecond: middle(misses, "alone"),
    hitSpread: round(spread(ratiosOf(hits)), 3),
  };
}
