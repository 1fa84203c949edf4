import { vi } from "vitest";
import { apiKeySecretBytes, mintApiKey } from "../../../../core/identity/api-key.ts";
import { keyId, tenantId } from "../../../../core/identity/ids.ts";
import { defaultScopes } from "../../../../core/identity/scopes.ts";
import { serializeStanding, type KeyStanding } from "../../../../core/identity/standing.ts";
import { limitsOf } from "../../../../core/identity/tenant-limits.ts";
import { limits } from "../../../../core/limits.ts";
import { authenticate } from "../../../../workers/api/identity/authenticate.ts";
import {
  IdentityCache,
  type IdentityEnv,
} from "../../../../workers/api/identity/identity-cache.ts";

export const start = Date.UTC(2030, 0, 1);
export const key = mintApiKey(new Uint8Array(apiKeySecretBytes).fill(7));
const id = "01jd3n7q5w8xk2zt4m6r9vbyce";
export const identity = {
  tenant: tenantId(id),
  key: keyId(id),
  limits: limitsOf("custom"),
  limitsVersion: 1,
  scopes: [...defaultScopes],
  expiresAt: null,
  suspended: false,
  home: null,
  stays: "anywhere",
  shards: [{ shards: 1, since: 0 }],
  version: 1,
} satisfies KeyStanding;
/** One isolate with its KV and Directory, whose answers a test sets; it counts who is asked. */
export class Door {
  kv: (key: string) => Promise<string | null>;
  directory: (hash: string) => Promise<KeyStanding | null>;
  readonly asked = { kv: 0, directory: 0 };
  keptAlive = 0;
  cacheTtl = 0;
  readonly #cache = new IdentityCache();
  #now = start;

  constructor(sources: { kv?: KeyStanding; directory?: KeyStanding } = {}) {
    const { kv, directory } = sources;
    this.kv = async () => (kv ? serializeStanding(kv) : null);
    this.directory = async () => directory ?? null;
  }

  after(millis: number): void {
    this.#now += millis;
  }

  authenticate(authorization: string | null = `Bearer ${key}`) {
    const ctx = { waitUntil: () => void this.keptAlive++ };
    return authenticate(authorization, this.#env, ctx, this.#now, this.#cache);
  }

  /** For answers that come only after a time-out. */
  async authenticateSoon() {
    const answer = this.authenticate();
    await vi.advanceTimersByTimeAsync(limits.identityKvMillisMax + limits.directoryMillisMax);
    return answer;
  }

  readonly #env: IdentityEnv = {
    IDENTITY: {
      get: (name, { cacheTtl }) => {
        this.asked.kv++;
        this.cacheTtl = cacheTtl;
        return this.kv(name);
      },
    },
    DIRECTORY: {
      getByName: () => ({
        identify: (hash) => {
          this.asked.directory++;
          return this.directory(hash);
        },
      }),
    },
  };
}
