import { hashApiKey, type ApiKey } from "../../core/identity/api-key.ts";
import type { Process } from "../time/process.ts";
import type { Tenant } from "./client.ts";
import type { World } from "./world.ts";

/** Within this a revoked key is refused everywhere: the ledger at once, KV and caches a little later. */
const revocationMillisMax = 5 * 60_000;

const byOperator = { actor: "opr_sim", from: null };

/** An operator gives a tenant a second key, and takes it back. */
export async function turnKeys(world: World, process: Process, tenant: Tenant): Promise<void> {
  const { record, random } = world;
  const directory = world.directory.getByName("directory");
  const created = await persist(world, process, () =>
    directory.createKey(tenant.id, {}, null, byOperator),
  );
  if (!created?.ok) return;
  const { id, key } = created.value;
  record.note("key", `${tenant.name} gets ${id}`);
  await sleep(world, process, random.exponential(60_000));
  const revoked = await persist(world, process, () =>
    directory.revokeKey(tenant.id, id, byOperator),
  );
  if (!revoked?.ok) return;
  const atRevocation = world.timeline.now;
  record.revoked.push({ tenant: tenant.id, key: id, at: atRevocation });
  record.note("key", `${tenant.name} loses ${id}`);
  await untilDecided(world, process, key);
  const ledgers = world.ledgersOf(tenant.id).map((name) => `ledger ${name}` as const);
  const needed = ["identity", "directory", ...ledgers] as const;
  if (needed.some((dependency) => world.weather.wasAway(dependency, atRevocation))) return;
  const authorization = `Bearer ${key}`;
  const answer = await world.frontDoor.ask(process, { route: "getUsage", authorization });
  if (answer && answer.status < 400) {
    record.violate("revoked-means-refused", `${tenant.name} still uses ${id}`);
  }
}

/**
 * Until KV and caches know of a revocation. A put that failed may land all the same, over what was told meanwhile;
 * as long as one may, the Directory is going to put the key once more.
 */
async function untilDecided(world: World, process: Process, key: ApiKey): Promise<void> {
  const { sql } = world.directory.record("directory").database;
  const hash = hashApiKey(key);
  const isOpen = () => sql.exec(`SELECT 1 FROM open_puts WHERE id = ?`, hash).toArray().length > 0;
  let wasOpen: boolean;
  do {
    wasOpen = isOpen();
    await sleep(world, process, revocationMillisMax);
  } while (wasOpen || isOpen());
}

/** An operator gives a tenant a host, and takes it away. */
export async function turnHosts(world: World, process: Process, tenant: Tenant): Promise<void> {
  const directory = world.directory.getByName("directory");
  const { id, name } = tenant;
  await persist(world, process, () => directory.setHost(id, name, byOperator));
  await sleep(world, process, world.random.exponential(60_000));
  await persist(world, process, () => directory.removeHost(id, name, byOperator));
}

/** An operator deletes a tenant, with all that it has. */
export async function deleteTenant(world: World, process: Process, tenant: Tenant): Promise<void> {
  const { record, weather } = world;
  weather.count("tenantDeleted");
  // From now on it may be gone.
  record.left.set(tenant.id, { isCertain: false });
  const directory = world.directory.getByName("directory");
  const deleted = await persist(world, process, () =>
    directory.setTenantStatus(tenant.id, "deleted", byOperator),
  );
  record.left.set(tenant.id, { isCertain: deleted?.ok === true });
  record.note("tenant", `${tenant.name} is deleted`);
}

/** An operator splits a tenant's work into more ledgers. */
export async function raiseShards(
  world: World,
  process: Process,
  { id, name }: Tenant,
  shards: number,
): Promise<void> {
  world.weather.count("shardsRaised");
  const directory = world.directory.getByName("directory");
  await persist(world, process, () => directory.raiseShards(id, shards, byOperator));
  world.record.note("tenant", `${name} has ${shards} shards`);
}

/** Tries until it is answered: an operator's tool does. Null: it gave up. */
async function persist<Value>(
  world: World,
  process: Process,
  work: () => Promise<Value>,
): Promise<Value | null> {
  for (let tries = 0; tries < 5; tries++) {
    const late = sleep(world, process, 20_000).then(() => null);
    const value = await Promise.race([work().catch(() => null), late]);
    if (value !== null) return value;
    await sleep(world, process, 1000);
  }
  return null;
}

function sleep({ timeline }: World, process: Process, millis: number): Promise<void> {
  return new Promise((resolve) => void timeline.after(millis, process, resolve));
}
