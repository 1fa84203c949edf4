import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { localAdminToken } from "./dev-vars.ts";
import { root } from "./local-service.ts";
import { AdminClient } from "./service-client.ts";

/**
 * The owner of a local service. Created once for each state folder with the local ADMIN_TOKEN, and its token
 * kept next to the state, because the service never shows it again.
 */
export async function localOwner(stateDir: string, url: string): Promise<AdminClient> {
  const file = join(stateDir, "owner.json");
  if (existsSync(file)) {
    const { token } = JSON.parse(readFileSync(file, "utf8")) as { token: string };
    return new AdminClient(url, token);
  }
  const owner = await AdminClient.createFirstOwner(url, localAdminToken(join(root, ".dev.vars")));
  writeFileSync(file, `${JSON.stringify({ token: owner.token })}\n`, { mode: 0o600 });
  return owner;
}
