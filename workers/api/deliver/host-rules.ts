import type { HostRules } from "../../../core/delivery/hosts/host-name.ts";
import type { ApiEnv } from "../env.ts";
import type { Call } from "../route.ts";

/** Which hosts the deployment says it has. */
export const hostRules = ({ API_HOSTS, TENANT_DOMAIN }: ApiEnv): HostRules => ({
  apiHosts: namesIn(API_HOSTS),
  domain: namesIn(TENANT_DOMAIN)[0] ?? null,
});

const namesIn = (text = "") =>
  text
    .split(",")
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== "");

/** Names under which this service itself answers. Sources are not fetched from them, nor from names below them. */
export function ownHosts({ env, url }: Pick<Call, "env" | "url">): readonly string[] {
  const { apiHosts, domain } = hostRules(env);
  return [url.hostname, ...apiHosts, ...(domain === null ? [] : [domain])];
}
