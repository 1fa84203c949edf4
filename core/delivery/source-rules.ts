import { parseAllowedSource, type AllowedSource } from "./remote/allowed-source.ts";
import type { SourceRules } from "./remote/remote-target.ts";
import type { DeliverySettings } from "./settings.ts";

/** Where the tenant's pictures may be fetched from; `ownHosts` are this service's own names. */
export function sourceRules(
  { sources, site }: Pick<DeliverySettings, "sources" | "site">,
  ownHosts: readonly string[],
): SourceRules {
  const allowed: AllowedSource[] = [];
  for (const text of site === null ? sources : [...sources, site]) {
    const parsed = parseAllowedSource(text);
    if (parsed.ok) allowed.push(parsed.value);
  }
  return { allowed, ownHosts };
}
