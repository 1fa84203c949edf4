import { hostKey, serializeHost } from "../../core/delivery/hosts/host-name.ts";
import { profileKey, serializeProfile } from "../../core/delivery/profile.ts";
import { serializeStanding, standingKey } from "../../core/identity/standing.ts";
import {
  profileOf,
  selectKeysWithTenants,
  standingOf,
  type KeyWithTenant,
  type TenantRow,
} from "../../durable-objects/directory/directory-rows.ts";
import type { HostRow } from "../../durable-objects/directory/delivery/hosts.ts";
import type { World } from "../world/world.ts";

/** KV shows of every key, tenant and host what the Directory decided last, and nothing sent to it is open any more. */
export function checkEntries({ directory, identity, record }: World): void {
  const { sql } = directory.record("directory").database;
  const keys = sql.exec<KeyWithTenant>(selectKeysWithTenants).toArray();
  const tenants = sql.exec<TenantRow>(`SELECT * FROM tenants`).toArray();
  const hosts = sql.exec<HostRow>(`SELECT name, tenant, version FROM hosts`).toArray();
  const decided = [
    ...keys.map((row) => [standingKey(row.hash), serializeStanding(standingOf(row))]),
    ...tenants.map((row) => [profileKey(row.id), serializeProfile(profileOf(row))]),
    ...hosts.map((row) => [hostKey(row.name), serializeHost(row)]),
  ] as [key: string, value: string][];
  for (const [key, value] of decided) {
    const shown = identity.newest(key);
    if (shown !== value) record.violate("kv-is-what-was-decided", `${key} is ${shown}`);
  }
  const open = sql.exec<{ id: string }>(`SELECT id FROM open_puts`).toArray();
  if (open.length > 0) record.violate("kv-is-what-was-decided", `${open.length} puts stay open`);
}
