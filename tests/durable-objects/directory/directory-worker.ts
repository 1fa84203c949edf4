import { DurableObject } from "cloudflare:workers";
import { needs } from "../../../core/fleet/configuration.ts";
import type { Fleet } from "../../../core/fleet/topology.ts";
import type { TenantTerms } from "../../../core/identity/tenant.ts";
import { Directory } from "../../../durable-objects/directory/directory.ts";
import type { DirectoryEnv } from "../../../durable-objects/directory/directory-env.ts";
import { authenticate } from "../../../workers/api/identity/authenticate.ts";
import type { IdentityEnv } from "../../../workers/api/identity/identity-cache.ts";

/** All of this is one isolate, so plain memory does. */
const calls = { kvRead: 0, kvWrite: 0, identify: 0 };
/** How many calls will fail before one succeeds, and whether writes to KV stand still. */
const faults = { kv: 0, ledger: 0, kvHeld: false };

/** The Directory itself, on a KV and ledgers that fail when told to. */
export class FaultyDirectory extends Directory {
  constructor(ctx: DurableObjectState, env: DirectoryEnv) {
    super(ctx, {
      ...boundInName(env.FLEET),
      FLEET: env.FLEET,
      BOOKS: env.BOOKS,
      IDENTITY: {
        get: (key) => env.IDENTITY.get(key),
        put: (key: string, value: string) =>
          failing("kv", async () => {
            calls.kvWrite++;
            while (faults.kvHeld) await scheduler.wait(10);
            await env.IDENTITY.put(key, value);
          }),
      },
      LEDGER: {
        getByName: (name) => ({
          revokeKey: (key) => failing("ledger", () => env.LEDGER.getByName(name).revokeKey(key)),
          setTerms: (terms) => failing("ledger", () => env.LEDGER.getByName(name).setTerms(terms)),
        }),
      },
    });
  }

  setFaults(next: Partial<typeof faults>): void {
    Object.assign(faults, next);
  }

  override identify(hash: string) {
    calls.identify++;
    return super.identify(hash);
  }
}

/** What the objects' Worker has to have bound and the Directory does not use. */
function boundInName({ regions }: Fleet): object {
  const { bindings, ofRegion } = needs.objects;
  const names = [...bindings, ...regions.flatMap(ofRegion)];
  return Object.fromEntries(names.map((name) => [name, {}]));
}

async function failing<Value>(what: "kv" | "ledger", call: () => Promise<Value>): Promise<Value> {
  if (faults[what] > 0) {
    faults[what]--;
    throw new Error(`${what} fails as told`);
  }
  return call();
}

/** As much of a ledger as hears of revocations. */
export class ListeningLedger extends DurableObject {
  async revokeKey(keyId: string): Promise<void> {
    await this.ctx.storage.put(keyId, true);
  }

  async setTerms(terms: TenantTerms): Promise<void> {
    await this.ctx.storage.put("terms", terms);
  }

  async terms(): Promise<TenantTerms | undefined> {
    return this.ctx.storage.get<TenantTerms>("terms");
  }

  async revokedKeys(): Promise<string[]> {
    return [...(await this.ctx.storage.list({ prefix: "key_" })).keys()];
  }
}

/** The door alone: says who is asking. `/calls` says how often KV and the Directory were asked. */
export default {
  async fetch(request: Request, env: IdentityEnv, ctx: ExecutionContext): Promise<Response> {
    if (new URL(request.url).pathname === "/calls") return Response.json(calls);
    const counted: IdentityEnv = {
      DIRECTORY: env.DIRECTORY,
      IDENTITY: {
        get: async (key, options) => {
          calls.kvRead++;
          // Long enough for requests that come together to meet in one look-up.
          await scheduler.wait(100);
          return env.IDENTITY.get(key, options);
        },
      },
    };
    const authorization = request.headers.get("Authorization");
    return Response.json(await authenticate(authorization, counted, ctx, Date.now()));
  },
};
