import { watchPunctuality } from "../checks/punctual.ts";
import { Process } from "../time/process.ts";
import type { Dependency } from "../platform/weather.ts";
import type { Tenant } from "./client.ts";
import { deleteTenant, raiseShards, turnHosts, turnKeys } from "./operator.ts";
import type { PlannedOutage } from "./profile.ts";
import { planRestore } from "./restore.ts";
import { region, type World } from "./world.ts";

const MINUTE = 60_000;

/** The events of the profile, in addition to the climate. */
export function startTroubles(world: World, tenants: readonly Tenant[]): void {
  const { timeline, random, profile, weather, record, machines } = world;
  for (const { dependency, afterMillis, millis, kind } of profile.outages) {
    timeline.after(afterMillis, null, () => {
      const name = nameOf(world, dependency, tenants);
      record.note("outage", `${name} ${kind} for ${millis} ms`);
      weather.breakDown(name, millis, kind);
    });
  }
  const again = (mean: number | null, happen: () => void) => {
    if (mean === null) return;
    const event = () => {
      if (world.isQuiet) return;
      happen();
      timeline.after(random.exponential(mean), null, event);
    };
    timeline.after(random.exponential(mean), null, event);
  };
  again(profile.clockStepMillis, () => {
    const machine = random.pick(machines);
    machine.skewMillis = (2 * random.fraction() - 1) * 10 * MINUTE;
    weather.count("clock-step");
    record.note("clock", `a machine is now ${Math.round(machine.skewMillis)} ms off`);
  });
  again(profile.deployMillis, () => {
    world.deploy(random.pick(["begin", "finish", "back"]));
    weather.count("deployment");
  });
  again(profile.keysMillis, () => {
    const process = new Process("operator", random.pick(machines));
    timeline.enter(process);
    const tenant = random.pick(tenants);
    for (const turn of [turnKeys, turnHosts]) {
      turn(world, process, tenant).catch((cause: unknown) => world.broke(cause));
    }
  });
  again(profile.damageMillis, () => damageRow(world, random.pick(tenants)));
  const [first] = tenants;
  const last = tenants.at(-1);
  for (const { afterMillis, shards } of first ? profile.raises : []) {
    timeline.after(afterMillis, null, () => {
      const process = new Process("operator", random.pick(machines));
      timeline.enter(process);
      raiseShards(world, process, first as Tenant, shards).catch((cause: unknown) =>
        world.broke(cause),
      );
    });
  }
  if (profile.leavesAfterMillis !== null && last) {
    timeline.after(profile.leavesAfterMillis, null, () => {
      const process = new Process("operator", random.pick(machines));
      timeline.enter(process);
      deleteTenant(world, process, last).catch((cause: unknown) => world.broke(cause));
    });
  }
  if (profile.restore && first) planRestore(world, first, profile.restore);
  if (profile.bounds.punctual) watchPunctuality(world);
  const held = timeline.now + profile.backlogMillis;
  for (const queue of world.workshop.queues) queue.heldUntil = held;
}

/** `ledger` is the first tenant's, and `one-queue` the best of its queues. */
function nameOf(
  world: World,
  dependency: PlannedOutage["dependency"],
  [first]: readonly Tenant[],
): Dependency {
  if (dependency === "ledger") return `ledger ${first?.id}/${region}/0`;
  if (dependency === "one-queue") return `queue ${world.queuesOf(first?.id ?? "")[0]?.name}`;
  return dependency;
}

/** A row that no code can read: what a faulty version, or a faulty disk, may leave behind. */
function damageRow({ ledgers, random, record, weather }: World, { id: tenant }: Tenant): void {
  const { sql } = ledgers.record(`${tenant}/${region}/0`).database;
  const tables = sql.exec<{ name: string }>(`SELECT name FROM sqlite_schema WHERE name = 'jobs'`);
  if (tables.toArray().length === 0) return;
  const open = sql.exec<{ id: string }>(`SELECT id FROM jobs WHERE status = 'accepted'`).toArray();
  if (open.length === 0) return;
  const { id } = random.pick(open);
  sql.exec(`UPDATE jobs SET spec = '{"damaged' WHERE id = ?`, id);
  record.damaged.add(id);
  record.note("damage", id);
  weather.count("damagedRow");
}
