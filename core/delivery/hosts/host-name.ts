import * as z from "zod/mini";
import { tenantIdSchema } from "../../identity/ids.ts";
import { hostFault } from "../remote/public-host.ts";

/** Which hosts this deployment answers under. Without either, every host is the API's. */
export interface HostRules {
  /** The API's own; every other one is a tenant's. Empty: none but those below `domain` are. */
  readonly apiHosts: readonly string[];
  /** Tenants' pictures are at `<slug>.<domain>`. */
  readonly domain: string | null;
}

/** Whether a host is the API's or a tenant's. `name` is what it is stored under: the slug, or the whole name. */
export type HostKind =
  | { readonly kind: "api" }
  | { readonly kind: "tenant"; readonly name: string }
  | { readonly kind: "unknown" };

/** Reads a host as the URL parser wrote it: in lower case, without its port. */
export function readHost(hostname: string, { apiHosts, domain }: HostRules): HostKind {
  const host = hostname.replace(/\.$/, "");
  if (apiHosts.includes(host)) return { kind: "api" };
  if (domain !== null && host.endsWith(`.${domain}`)) {
    const slug = host.slice(0, -domain.length - 1);
    return slugPattern.test(slug) ? { kind: "tenant", name: slug } : { kind: "unknown" };
  }
  if (apiHosts.length === 0) return { kind: "api" };
  return hostFault(host) === null ? { kind: "tenant", name: host } : { kind: "unknown" };
}

/** A label of DNS; a host of the tenant's own has a dot, so the two are never mistaken for each other. */
const slugPattern = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** Slugs that people take for the service's own. */
const reservedSlugs = new Set(["admin", "api", "mail", "www"]);

/** Why nothing is kept under this name; null: it may be. */
export function hostNameFault(name: string): string | null {
  if (name.includes(".")) {
    const fault = hostFault(name);
    return fault && `This name ${fault}.`;
  }
  if (!slugPattern.test(name)) {
    return "A slug has up to 63 lower-case letters, digits and hyphens, and begins and ends with a letter or digit.";
  }
  return reservedSlugs.has(name) ? "This name is reserved." : null;
}

/** Which tenant owns a name. The Directory decides, KV repeats it. */
export type HostEntry = Readonly<z.infer<typeof entrySchema>>;
const entrySchema = z.object({
  name: z.string(),
  /** Null: it was taken away from its tenant. */
  tenant: z.nullable(tenantIdSchema),
  /** The higher one is the newer one. */
  version: z.int(),
});

/** The KV entry of a name. */
export const hostKey = (name: string): string => `host/${name}`;

export const serializeHost = (entry: HostEntry): string => JSON.stringify(entry);

/** Null for an entry that this version cannot read; the Directory then decides. */
export function parseHost(text: string): HostEntry | null {
  try {
    return entrySchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/** As people see it. */
export const shownHost = (name: string, domain: string | null): string =>
  name.includes(".") || domain === null ? name : `${name}.${domain}`;
