import type { TenantLimits } from "../../core/identity/tenant-limits.ts";
import { Process } from "../time/process.ts";
import { sendJob, type ClientWorld, type Tenant } from "./client.ts";
import type { World } from "./world.ts";

const byOperator = { actor: "opr_sim", from: null };

/** Creates the tenants, before anything goes wrong. */
export async function createTenants(world: World): Promise<Tenant[]> {
  const { random } = world;
  const directory = world.directory.getByName("directory");
  const tenants: Tenant[] = [];
  for (let index = 0; index < world.profile.tenants; index++) {
    const isGreedy = index === 0 && world.profile.greed > 1;
    const jobsPerMonth = !isGreedy && random.chance(0.2) ? random.between(3, 12) : null;
    const isFlood = isGreedy && world.profile.flood;
    const limits: Partial<TenantLimits> = {
      // So few that a bucket which does not fill again is soon noticed.
      requestsPerSecond: isFlood ? 50 : 2,
      burst: isFlood ? 100 : 20,
      jobsPerMonth,
    };
    const name = `tenant-${index}`;
    const { id } = await directory.createTenant({ name, limits }, byOperator);
    const created = await directory.createKey(id, {}, null, byOperator);
    if (!created.ok) throw new Error("a key could not be created");
    const { key, id: keyId } = created.value;
    // Those that wait for the month to end all ask in its first moment.
    const modest = !isGreedy && jobsPerMonth === null;
    const sideMax = isFlood ? 7000 : 2000;
    tenants.push({
      id,
      name,
      authorization: `Bearer ${key}`,
      keyId,
      jobsPerMonth,
      modest,
      sideMax,
    });
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
    expectsQuick: profile.bounds.quietJobMillis < Infinity,
    nextPicture: () => {
      const picture = ++pictures;
      if (random.chance(profile.poisonShare)) world.poison.add(picture);
      return picture;
    },
  };
  let turn = 0;
  const next = () => {
    if (profile.inTurn) return tenants[turn++ % tenants.length];
    const greedy = random.fraction() * (profile.greed + tenants.length - 1) < profile.greed;
    return greedy ? tenants[0] : random.pick(tenants);
  };
  const arrive = () => {
    const tenant = stopped ? undefined : next();
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
