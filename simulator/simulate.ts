import { checkRetention } from "./checks/storage.ts";
import { whenQuiet } from "./checks/when-quiet.ts";
import type { PunctualHour, Violation } from "./checks/record.ts";
import { Process } from "./time/process.ts";
import { Random } from "./time/random.ts";
import { installVirtualGlobals } from "./time/virtual-globals.ts";
import { Bookkeeper } from "./books/bookkeeper.ts";
import { createTenants, startLoad } from "./world/load.ts";
import { startTroubles } from "./world/troubles.ts";
import type { Profile } from "./world/profile.ts";
import { World } from "./world/world.ts";

export interface Outcome {
  readonly seed: number;
  readonly steps: number;
  readonly violations: readonly Violation[];
  readonly traceHash: string;
  readonly faults: ReadonlyMap<string, number>;
  readonly jobs: number;
  /** Ended jobs that the auditor looked at, once an audit. */
  readonly audited: number;
  readonly messages: number;
  readonly renders: number;
  /** Empty where punctuality is not judged. */
  readonly hours: readonly PunctualHour[];
  readonly history: readonly string[];
}

/** Longest that one stretch of a run may last, so that no run goes on forever. */
const dayMillis = 24 * 60 * 60_000;
const farMillis = 400 * dayMillis;
const quietMillis = 160 * 60_000;

/** One world from its beginning until everything in it is quiet again. */
export async function simulate(
  seed: number,
  steps: number,
  profile: Profile,
  keepsHistory = false,
): Promise<Outcome> {
  const world = new World(seed, profile, keepsHistory);
  const { timeline, weather, record } = world;
  const uninstall = installVirtualGlobals({
    timeline,
    random: new Random(seed, "globals"),
    log: (level, entry) => world.log(level, entry),
  });
  try {
    const tenants = await inWorld(world, "operator", () => createTenants(world));
    const bookkeeper = new Bookkeeper(world);
    bookkeeper.start();
    startTroubles(world, tenants);
    const stopLoad = startLoad(world, tenants);
    weather.climate = profile.climate;
    const began = timeline.now;
    const through = timeline.steps + steps;
    await timeline.run(timeline.now + farMillis, () => timeline.steps >= through);
    stopLoad();
    // What is planned happens, and lasts as long as it is planned.
    const ends = [
      ...profile.outages.map(({ afterMillis, millis }) => afterMillis + millis),
      profile.restore?.afterMillis ?? 0,
    ];
    await timeline.run(Math.max(timeline.now, began + Math.max(...ends)));
    world.calmDown();
    await timeline.run(timeline.now + quietMillis);
    await inWorld(world, "auditor", (process) =>
      whenQuiet(world, { tenants, bookkeeper }, process),
    );
    if (profile.daysAfter > 0) {
      await timeline.run(timeline.now + profile.daysAfter * dayMillis);
      checkRetention(world);
    }
  } catch (cause) {
    world.broke(cause);
  } finally {
    uninstall();
    world.end();
  }
  return {
    seed,
    steps: timeline.steps,
    violations: record.violations,
    traceHash: `${record.hash}${timeline.trace}`,
    faults: weather.counts,
    jobs: record.jobs.size,
    audited: record.audited,
    messages: world.workshop.sent,
    renders: [...record.renders.values()].reduce((sum, renders) => sum + renders, 0),
    hours: record.hours,
    history: record.history ?? [],
  };
}

/** Runs work of the simulator's own that calls the service, and lets time pass until it is done. */
export async function inWorld<Value>(
  world: World,
  name: string,
  work: (process: Process) => Promise<Value>,
): Promise<Value> {
  const { timeline, machines } = world;
  const [clock] = machines;
  if (!clock) throw new Error("a world has machines");
  const process = new Process(name, clock);
  let result: { value: Value } | { cause: unknown } | null = null;
  timeline.after(0, null, () => {
    timeline.enter(process);
    work(process).then(
      (value) => (result = { value }),
      (cause: unknown) => (result = { cause }),
    );
  });
  await timeline.run(timeline.now + farMillis, () => result !== null);
  const ended = result as { value: Value } | { cause: unknown } | null;
  if (ended === null) throw new Error(`the ${name} never got an answer`);
  if ("cause" in ended) throw ended.cause;
  return ended.value;
}
