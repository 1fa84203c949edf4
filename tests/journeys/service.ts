import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { createTestHarness } from "wrangler";
import { witnessKeys } from "../workers/billing/witness-keys.ts";
import type { Topology } from "../../core/fleet/topology.ts";
import { withNewKey } from "../../scripts/books/witness-keys.ts";
import { wranglerFiles } from "../../scripts/fleet/wrangler-files.ts";
import type { Scope } from "../../core/identity/scopes.ts";
import type { ApiEnv } from "../../workers/api/env.ts";
import type { JobDocument } from "../../workers/api/documents/job-document.ts";
import type { ConsumerEnv } from "../../workers/consumer/env.ts";
import type { ObjectsEnv } from "../../durable-objects/env.ts";

const root = resolve(import.meta.dirname, "../..");

export const adminToken = "6b1f0c9e74d2a8537be419f0d3c6a2815e9074bd";

/** The bucket of the one region. */
type Pictures = { readonly PICTURES_LOCAL: R2Bucket };

/** All Workers of the service on a local runtime, fresh and empty; closed by `close`. */
export async function startService(
  options: { consumer?: boolean; adminToken?: string; fleet?: Topology } = {},
) {
  const config = options.fleet ? configsOf(options.fleet) : (path: string) => path;
  const server = createTestHarness({
    root,
    workers: [
      {
        configPath: config("wrangler.toml"),
        secrets: {
          ADMIN_TOKEN: options.adminToken ?? adminToken,
          RECEIPT_KEYS: JSON.stringify(withNewKey({ keys: [] }, 0)),
        },
      },
      { configPath: config("durable-objects/wrangler.toml") },
      {
        configPath: config("workers/billing/wrangler.toml"),
        secrets: { WITNESS_KEYS: JSON.stringify(witnessKeys) },
      },
      { configPath: config(consumerConfig(options)) },
    ],
  });
  const { url } = await server.listen();
  const fetch = async (path: string, init: RequestInit = {}): Promise<Response> =>
    // The harness brings its own Response type, equal in everything that is read here.
    (await server.fetch(`http://minilab.test${path}`, init as never)) as unknown as Response;

  let owner: Promise<string> | undefined;
  const ownerToken = () => (owner ??= createFirstOwner(fetch));

  return {
    /** The listening port, for what `fetch` cannot send. */
    url,
    fetch,
    ownerToken,
    /** As the owner, who is created when first needed. */
    admin: async (path: string, init: RequestInit = {}) =>
      fetch(path, withBearer(init, await ownerToken())),
    api: server.getWorker<ApiEnv & Pictures & Record<string, unknown>>("minilab-api"),
    objects: server.getWorker<ObjectsEnv & Pictures & Record<string, unknown>>("minilab-objects"),
    billing: server.getWorker("minilab-billing"),
    consumer: server.getWorker<ConsumerEnv & Record<string, unknown>>("minilab-consumer"),
    logs: () => server.getLogs(),
    close: () => server.close(),
  };
}

const consumerConfig = ({ consumer = true }: { consumer?: boolean }) =>
  consumer ? "workers/consumer/wrangler.toml" : "tests/journeys/idle-consumer.toml";

/** Writes the configurations of another fleet; returns where each of them is. */
function configsOf(fleet: Topology): (path: string) => string {
  const folder = mkdtempSync(join(tmpdir(), "minilab-fleet-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  for (const [path, text] of wranglerFiles(fleet)) {
    const here = text.replace(
      /^main = "(.+)"$/m,
      (_, main: string) => `main = "${join(root, dirname(path), main)}"`,
    );
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    writeFileSync(join(folder, path), here);
  }
  return (path) => join(folder, path);
}

/** The first owner's token. */
async function createFirstOwner(
  fetch: (path: string, init: RequestInit) => Promise<Response>,
): Promise<string> {
  const request = withBearer(jsonBody({ name: "Owner", role: "owner" }), adminToken);
  const { token } = await answer<{ token: string }>(fetch("/admin/v1/first-owner", request), 201);
  return token;
}

export type Service = Awaited<ReturnType<typeof startService>>;

/** A tenant with one key, and what it may do with it. */
export async function createTenant(
  service: Service,
  limits: Record<string, number | null> = {},
  scopes?: readonly Scope[],
  residence: object = {},
) {
  const { id } = await answer<{ id: string }>(
    service.admin("/admin/v1/tenants", jsonBody({ name: "A tenant", limits, ...residence })),
    201,
  );
  const key = await createKey(service, id, scopes);
  const fetch = (path: string, init: RequestInit = {}) =>
    service.fetch(path, withBearer(init, key.key));
  return {
    id,
    key: key.key,
    keyId: key.id,
    ledger: `${id}/local/0`,
    fetch,
    /** Sends a picture; `query` like `?width=100`. */
    send: (query: string, body: Uint8Array, headers: Record<string, string> = {}) =>
      fetch(`/v1/jobs${query}`, { method: "POST", body: body as BodyInit, headers }),
    /** Sends a picture, and waits for its job then: it is stored and goes through the queue. */
    async queue(query: string, body: Uint8Array, headers: Record<string, string> = {}) {
      const sent = fetch(`/v1/jobs${query}`, { method: "POST", body: body as BodyInit, headers });
      const { id } = await answer<JobDocument>(sent, 202);
      return this.job(id, { Prefer: "wait=25" });
    },
    /** Sends a picture and waits until its job is settled. */
    render: async (query: string, body: Uint8Array, headers: Record<string, string> = {}) =>
      answer<JobDocument>(
        fetch(`/v1/jobs${query}`, {
          method: "POST",
          body: body as BodyInit,
          headers: { Prefer: "wait=25", ...headers },
        }),
        200,
      ),
    job: (id: string, headers: Record<string, string> = {}) =>
      answer<JobDocument>(fetch(`/v1/jobs/${id}`, { headers }), 200),
  };
}

export type Tenant = Awaited<ReturnType<typeof createTenant>>;

export function createKey(
  service: Service,
  tenant: string,
  scopes?: readonly Scope[],
): Promise<{ id: string; key: string }> {
  const request = jsonBody(scopes === undefined ? {} : { scopes });
  return answer(service.admin(`/admin/v1/tenants/${tenant}/keys`, request), 201);
}

/** The JSON of an answer that must have this status; the body is shown when it has not. */
export async function answer<Value>(
  pending: Response | Promise<Response>,
  status: number,
): Promise<Value> {
  const response = await pending;
  const text = await response.text();
  if (response.status !== status) {
    throw new Error(`expected ${status}, got ${response.status}: ${text}`);
  }
  return JSON.parse(text) as Value;
}

export function jsonBody(value: unknown): RequestInit {
  return {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(value),
  };
}

function withBearer(init: RequestInit, token: string): RequestInit {
  const headers = new Headers(init.headers);
  headers.set("Authorization", `Bearer ${token}`);
  return { ...init, headers };
}
