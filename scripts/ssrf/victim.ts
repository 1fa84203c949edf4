import { parseAllowedSource } from "../../core/delivery/remote/allowed-source.ts";
import type { Validators } from "../../core/delivery/remote/freshness.ts";
import { remoteUrl } from "../../core/delivery/remote/remote-target.ts";
import { dialects, readUrl } from "../../core/delivery/read-url.ts";
import { limits } from "../../core/limits.ts";
import { fetchRemote, type RemotePorts } from "../../workers/api/remote/fetch-remote.ts";
import { allowedSource } from "./targets.ts";

/** `failed`: neither fetched nor refused by a rule. */
export type Outcome = "fetched" | "refused" | "failed";

/**
 * Reads a URL of a tenant who has switched every dialect on, and fetches its source, as the service does.
 * With `isStored` the picture is fetched once before and asked for again.
 */
export async function fetchSource(
  { path, isStored }: { readonly path: string; readonly isStored: boolean },
  ports: RemotePorts,
): Promise<Outcome> {
  const asked = URL.parse(`https://acme.minilab.example${path}`);
  if (asked === null) return "refused";
  const request = { path: asked.pathname, query: asked.search.slice(1), secrets: {}, now: 0 };
  const reading = readUrl(request, everyDialect);
  if (!reading?.ok || reading.value.source.kind === "stored") return "refused";
  const url = remoteUrl(reading.value.source, allowedSource);
  if (!url.ok) return "refused";
  const first = await fetchOnce(url.value, null, ports);
  if (!isStored || typeof first === "string") return typeof first === "string" ? first : "fetched";
  const second = await fetchOnce(url.value, first, ports);
  return typeof second === "string" ? second : "fetched";
}

type Known = Validators & { readonly from: string };

async function fetchOnce(
  url: URL,
  known: Known | null,
  ports: RemotePorts,
): Promise<Known | Outcome> {
  const ask = { url, rules, known, bytesMax: limits.sourceBytesMax };
  const answer = await fetchRemote(ask, ports);
  if (!answer.ok) return answer.error.code === "source-not-allowed" ? "refused" : "failed";
  if (answer.value.kind === "unchanged") return "fetched";
  await new Response(answer.value.body).arrayBuffer();
  return { ...answer.value.validators, from: answer.value.from };
}

const everyDialect = dialects.map(({ name }) => name);

const allowed = parseAllowedSource(allowedSource);
if (!allowed.ok) throw new Error(allowed.error);
const rules = { allowed: [allowed.value], ownHosts: ["minilab.example"] };
