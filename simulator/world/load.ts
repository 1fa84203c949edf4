import type { TenantLimits } from "../../core/identity/tenant.ts";
import { Process } from "../time/process.ts";
import { sendJob, type ClientWorld, type Tenant } from "./client.ts";
import type { World } from "./world.ts";

const MINUTE = 60_000;

/** Creates the tenants, before anything goes wrong. */
export async function createTenants(world: World): Promise<Tenant[]> {
  const { random } = world;
  const directory = world.directory.getByName("directory");
  const tenants: Tenant[] = [];
  for (let index = 0; index < world.profile.tenants; index++) {
    const jobsPerMonth = random.chance(0.2) ? random.between(3, 12) : null;
    const isGreedy = index === 0 && world.profile.greed > 1;
    const limits: Partial<TenantLimits> = {
      requestsPerSecond: isGreedy ? 2 : 50,
      burst: isGreedy ? 4 : 100,
      jobsPerMonth,
    };
    const name = `tenant-${index}`;
    const { id } = await directory.createTenant({ name, limits });
    const created = await directory.createKey(id, {});
    if (!created.ok) throw new Error("a key could not be created");
    const { key, id: keyId } = created.value;
    const modest = !isGreedy;
    tenants.push({ id, name, authorization: `Bearer ${key}`, keyId, jobsPerMonth, modest });
  }
  return tenants;
}

/** Lets customers send jobs until the returned function is called. */
export function startLoad(world: World, tenants: readonly Tenant[]): () => void {
  const { timeline, random, profile, record, frontDoor } = world;
  const { deleteShare } = profile;
  let stopped = false;
  let pictures = 0;
  const clients: ClientWorld = {
    timeline,
    random,
    record,
    frontDoor,
    deleteShare,
    nextPicture: () => {
      const picture = ++pictures;
      if (random.chance(profile.poisonShare)) world.poison.add(picture);
      return picture;
    },
  };
  const arrive = () => {
    if (stopped) return;
    const greedy = random.fraction() * (profile.greed + tenants.length - 1) < profile.greed;
    const tenant = greedy ? tenants[0] : random.pick(tenants);
    if (!tenant) return;
    const process = new Process("client", random.pick(world.machines));
    timeline.enter(process);
    sendJob(clients, process, tenant).catch((cause: unknown) => world.broke(cause));
    timeline.after(random.exponential(profile.arrivalMillis), null, arrive);
  };
  timeline.after(0, null, arrive);
  return () => {
    stopped = true;
  };
}

/** The hourly trigger of `workers/billing/wrangler.toml`, for as long as the world lasts. */
export function startBooks(world: World): void {
  const { timeline } = world;
  const hour = 60 * MINUTE;
  const next = Math.ceil((timeline.now - 5 * MINUTE) / hour) * hour + 5 * MINUTE;
  const ring = () => {
    void world.startRollUp();
    timeline.after(hour, null, ring);
  };
  timeline.after(next - timeline.now, null, ring);
}

/** What the profile has in store beside the climate. */
export function startTroubles(world: World, tenants: readonly Tenant[]): void {
  const { timeline, random, profile, weather, record, machines } = world;
  for (const { dependency, afterMillis, millis, kind } of profile.outages) {
    timeline.after(afterMillis, null, () => {
      const name =
        dependency === "ledger" ? (`ledger ${tenants[0]?.id}/sim/0` as const) : dependency;
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
  const held = timeline.now + profile.backlogMillis;
  for (const queue of [world.workshop.jobs, world.workshop.solo]) queue.heldUntil = held;
}
