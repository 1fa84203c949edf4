import {
  hostKey,
  parseHost,
  readHost,
  type HostEntry,
} from "../../../core/delivery/hosts/host-name.ts";
import { limits } from "../../../core/limits.ts";
import { problem, type Problem } from "../../../core/problem.ts";
import { err, ok, type Result } from "../../../core/result.ts";
import { optionsAnswer, restrictPages } from "../http/cross-origin.ts";
import { refuse } from "../http/responses.ts";
import { EdgeCopy } from "../identity/edge-copy.ts";
import { problemPage, wantsPage } from "../pages/problem-page.ts";
import type { Call } from "../route.ts";
import { deliver } from "./deliver.ts";
import { hostRules } from "./host-rules.ts";
import { findProfile } from "./profiles.ts";

/** Names of hosts that this isolate knows, and whose they are. */
const hosts = new EdgeCopy<HostEntry, { host(name: string): Promise<HostEntry | null> }>({
  kvKey: hostKey,
  parse: parseHost,
  ask: (directory, name) => directory.host(name),
  newer: (one, other) => (other.version > one.version ? other : one),
  isFinal: () => false,
});

/**
 * Answers a request to a tenant's host, at whose root its pictures are and nothing else; null where the host is the API's.
 * The host says whose pictures these are, and no more: what a tenant allows and what a location has copied goes by its id.
 */
export async function answerAtHost(call: Call): Promise<Response | null> {
  const { request, url, env, ctx } = call;
  const host = readHost(url.hostname, hostRules(env));
  if (host.kind === "api") return null;
  const tenant = host.kind === "tenant" ? await tenantAt(host.name, call) : err(noSuchHost);
  if (!tenant.ok) return sayWhy(request, tenant.error);
  const { method } = request;
  if (method === "GET" || method === "HEAD") {
    return deliver(call, { tenant: tenant.value, path: url.pathname });
  }
  if (method !== "OPTIONS") {
    const refused = problem(
      "method-not-allowed",
      "This host delivers only pictures. Use GET or HEAD.",
    );
    return refuse(refused, { Allow: "GET, HEAD, OPTIONS" });
  }
  const profile = await findProfile({ env, ctx }, tenant.value);
  if (!profile.ok) return refuse(profile.error);
  const answer = optionsAnswer(url, ["GET", "HEAD"]);
  return restrictPages(answer, request, profile.value.settings.origins);
}

async function tenantAt(name: string, { env, ctx }: Call): Promise<Result<string, Problem>> {
  const found = await hosts.find(name, env, ctx, Date.now());
  if (!found.ok) return err(unavailable);
  return found.value?.tenant ? ok(found.value.tenant) : err(noSuchHost);
}

function sayWhy(request: Request, failure: Problem): Response {
  const answer = refuse(failure);
  return wantsPage(request) ? problemPage(failure, answer) : answer;
}

const noSuchHost = problem("not-found", "No tenant uses this host. Check its name.");
const unavailable = problem("unavailable", "The host could not be looked up. Try again.", {
  retryAfterMillis: limits.identityRetryMillis,
});
