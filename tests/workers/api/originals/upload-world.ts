import { apiKeySecretBytes, hashApiKey, mintApiKey } from "../../../../core/identity/api-key.ts";
import { keyId, tenantId } from "../../../../core/identity/ids.ts";
import { originalId, originalKey } from "../../../../core/delivery/original.ts";
import type { Problem } from "../../../../core/problem.ts";
import { err, ok } from "../../../../core/result.ts";
import type { StoreRequest } from "../../../../durable-objects/ledger/ledger-calls.ts";
import { serializeProfile, type DeliveryProfile } from "../../../../core/delivery/profile.ts";
import { defaultSettings, type DeliverySettings } from "../../../../core/delivery/settings.ts";
import { serializeStanding, type KeyStanding } from "../../../../core/identity/standing.ts";
import { plans, type TenantLimits } from "../../../../core/identity/tenant-limits.ts";
import { oneRegion } from "../../../one-region.ts";
import { ask } from "../ask.ts";

let tenants = 0;

/** One tenant with a key, before the whole API, with R2 in memory. */
export class UploadWorld {
  readonly #number = ++tenants;
  readonly #ulid = `01jd3n7q5w8xk2zt4m6r9v${String(this.#number).padStart(4, "0")}`;
  readonly tenant = tenantId(this.#ulid);
  // No two worlds have the same: the API remembers keys from one test to the next.
  readonly #key = mintApiKey(
    new Uint8Array(apiKeySecretBytes)
      .fill(7)
      .fill(this.#number >> 8, 8)
      .fill(this.#number, 16),
  );
  readonly bucket = new ConditionalBucket();
  /** Why the ledger takes no picture; null: it does. */
  full: Problem | null = null;
  /** Nobody knows keys now. */
  isAway = false;
  /** What the ledger was told, in turn. */
  readonly told: string[] = [];
  readonly #limits: TenantLimits;
  #settings: DeliverySettings;
  #status: DeliveryProfile["status"] = "active";
  #isRevoked = false;
  #version = 1;

  constructor(settings: Partial<DeliverySettings> = {}, granted: Partial<TenantLimits> = {}) {
    this.#settings = { ...defaultSettings, ...settings };
    this.#limits = { ...plans.custom, ...granted };
  }

  readonly ledger = {
    reserveOriginal: async ({ hash }: StoreRequest) => {
      this.told.push(`reserve ${hash}`);
      return this.full ? err(this.full) : ok({ doubt: 7 });
    },
    settleOriginal: async (hash: string, doubt: number) => {
      this.told.push(`settle ${hash} ${doubt}`);
    },
    removeOriginal: async (hash: string) => {
      await this.bucket.delete(originalKey(this.tenant, originalId(hash)));
    },
  };

  revokeKey(): void {
    this.#isRevoked = true;
  }

  suspend(): void {
    this.#status = "suspended";
    this.#version++;
  }

  ask(path: string, init: RequestInit = {}): Promise<Response> {
    return ask(path, init, {
      FLEET: oneRegion(),
      PICTURES_LOCAL: this.bucket,
      IDENTITY: { get: async (key: string) => this.#entry(key) },
      LEDGER: { getByName: () => this.ledger },
      DIRECTORY: {
        getByName: () => ({
          deliveryProfile: async () => null,
          identify: async () => {
            if (this.isAway) throw new Error("away");
            return null;
          },
        }),
      },
    });
  }

  /** With the tenant's key. */
  call(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set("Authorization", `Bearer ${this.#key}`);
    return this.ask(path, { ...init, headers });
  }

  /** Path and query of a new upload address. */
  async address(asked: object = {}): Promise<string> {
    const body = JSON.stringify(asked);
    const headers = { "Content-Length": String(body.length) };
    const response = await this.call("/v1/images/uploads", { method: "POST", body, headers });
    if (response.status !== 201) throw new Error(await response.text());
    const { url } = (await response.json()) as { url: string };
    return url.slice(new URL(url).origin.length);
  }

  /** Sends a picture there, as a page does. */
  send(address: string, picture: Uint8Array, headers: Record<string, string> = {}) {
    return this.ask(address, {
      method: "PUT",
      body: picture as BodyInit,
      headers: { "Content-Length": String(picture.length), ...headers },
    });
  }

  #entry(name: string): string | null {
    if (name === `delivery/${this.tenant}`) {
      return serializeProfile({
        tenant: this.tenant,
        limits: this.#limits,
        version: this.#version,
        status: this.#status,
        settings: this.#settings,
        signingKeys: [],
        home: null,
        shards: [{ shards: 1, since: 0 }],
      });
    }
    if (this.isAway) throw new Error("away");
    return name === `key/${hashApiKey(this.#key)}` ? serializeStanding(this.#standing()) : null;
  }

  #standing(): KeyStanding {
    if (this.#isRevoked) return { revoked: true };
    return {
      tenant: this.tenant,
      key: keyId(this.#ulid),
      limits: this.#limits,
      limitsVersion: 1,
      scopes: ["jobs:write", "jobs:read"],
      expiresAt: null,
      suspended: this.#status !== "active",
      home: null,
      stays: "anywhere",
      shards: [{ shards: 1, since: 0 }],
      version: this.#version,
    };
  }
}

/** R2 as far as it is used here, with its conditions. */
export class ConditionalBucket {
  readonly objects = new Map<
    string,
    { bytes: Uint8Array; etag: string; customMetadata: object; uploaded: Date }
  >();
  /** Runs before every put is decided. */
  beforePut: (key: string) => Promise<void> = async () => undefined;
  #writes = 0;

  keys(prefix: string): string[] {
    return [...this.objects.keys()].filter((key) => key.startsWith(prefix));
  }

  async put(
    key: string,
    content: Uint8Array | string | ReadableStream,
    {
      onlyIf = {},
      customMetadata = {},
    }: {
      onlyIf?: { etagMatches?: string; etagDoesNotMatch?: string };
      customMetadata?: object;
    } = {},
  ) {
    await this.beforePut(key);
    const bytes = new Uint8Array(await new Response(content as BodyInit).arrayBuffer());
    const before = this.objects.get(key);
    if (onlyIf.etagDoesNotMatch === "*" && before) return null;
    if (onlyIf.etagMatches !== undefined && onlyIf.etagMatches !== before?.etag) return null;
    const etag = `e${++this.#writes}`;
    this.objects.set(key, { bytes, etag, customMetadata, uploaded: new Date() });
    return this.head(key);
  }

  async delete(keys: string | string[]): Promise<void> {
    for (const key of [keys].flat()) this.objects.delete(key);
  }

  async list({
    prefix,
    startAfter = "",
    limit = 1000,
  }: {
    prefix: string;
    startAfter?: string;
    limit?: number;
  }) {
    const keys = this.keys(prefix)
      .filter((key) => key > startAfter)
      .toSorted();
    const page = keys.slice(0, limit);
    const objects = await Promise.all(page.map((key) => this.head(key)));
    return { objects, truncated: keys.length > limit };
  }

  async head(key: string) {
    const object = this.objects.get(key);
    if (!object) return null;
    const { bytes, etag, customMetadata, uploaded } = object;
    const tags = { etag, httpEtag: `"${etag}"` };
    return { key, size: bytes.length, ...tags, uploaded, customMetadata };
  }

  async get(key: string) {
    const object = this.objects.get(key);
    return (
      object && {
        ...(await this.head(key)),
        text: async () => new TextDecoder().decode(object.bytes),
        arrayBuffer: async () => object.bytes.slice().buffer,
        body: new Response(object.bytes.slice()).body,
      }
    );
  }
}
