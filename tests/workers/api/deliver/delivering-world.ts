import type { AcceptRequest } from "../../../../durable-objects/ledger/ledger-calls.ts";
import { Refusals } from "../../../../workers/api/admission/refusals.ts";
import { RegionHealths } from "../../../../workers/api/admission/region-healths.ts";
import { KnownShards } from "../../../../workers/api/admission/known-shards.ts";
import type { Problem } from "../../../../core/problem.ts";
import { vi } from "vitest";
import { hostKey, serializeHost } from "../../../../core/delivery/hosts/host-name.ts";
import { originalId, originalKey } from "../../../../core/delivery/original.ts";
import { serializeInfo } from "../../../../core/image/stored-info.ts";
import { profileKey, serializeProfile } from "../../../../core/delivery/profile.ts";
import type { DeliveryProfile } from "../../../../core/delivery/profile.ts";
import { defaultSettings } from "../../../../core/delivery/settings.ts";
import { pictureInfo } from "../../../core/image/picture-info.ts";
import { plans } from "../../../../core/identity/tenant-limits.ts";
import type { Hits } from "../../../../durable-objects/ledger/usage/hits.ts";
import type { HitCounts } from "../../../../workers/api/deliver/hit-counts.ts";
import { deliver } from "../../../../workers/api/deliver/deliver.ts";
import type { Call } from "../../../../workers/api/route.ts";
import { Timing } from "../../../../workers/api/http/timing.ts";
import { oneRegion } from "../../../one-region.ts";

/** A picture's header; its bytes are never looked at. */
const photo = pictureInfo({ width: 320, height: 240 });

let tenants = 0;

/**
 * Delivery over R2, KV and a location's cache in memory. Every rendition is there, and its bytes are its own key: they
 * tell of which tenant, source and options they are.
 */
export class DeliveringWorld {
  /** As they were counted. */
  readonly hits: { ledger: string; bytes: number }[] = [];
  /** Each brings a batch of them to its ledger. */
  readonly tells: ((hits: Hits) => Promise<unknown>)[] = [];
  countHits: (hits: Hits) => Promise<void> = async () => undefined;
  readonly operations: string[] = [];
  readonly background: Promise<unknown>[] = [];
  readonly #hosts = new Map<string, string>();
  readonly #profiles = new Map<string, DeliveryProfile>();
  /** What the Directory says of tenants, which KV may say later. */
  readonly decided = new Map<string, DeliveryProfile>();
  readonly #originals = new Set<string>();
  readonly #copies = new Map<string, { response: Response; until: number }>();
  /** When every rendition was stored. */
  storedAt = new Date();
  /** The location gives copies out that have ended. */
  keepsAll = false;
  /** Renditions of these sources are gone … */
  readonly gone = new Set<string>();
  /** … and these, by their keys. */
  readonly unmade = new Set<string>();
  /** What the ledger was asked to have made. */
  readonly ordered: AcceptRequest[] = [];
  /** How a job ends that somebody waits for; null: it goes on. */
  ending: Problem | null = null;

  /** From now on the Cache API is this world's. */
  enter(): this {
    const cache = {
      match: async (key: string) => {
        const copy = this.#copies.get(key);
        return copy && (this.keepsAll || Date.now() < copy.until)
          ? copy.response.clone()
          : undefined;
      },
      put: async (key: string, response: Response) => {
        const [, seconds] = /max-age=(\d+)/.exec(response.headers.get("Cache-Control") ?? "") ?? [];
        this.#copies.set(key, { response, until: Date.now() + Number(seconds) * 1000 });
      },
      delete: async (key: string) => this.#copies.delete(key),
    };
    vi.stubGlobal("caches", { open: async () => cache });
    return this;
  }

  /** The location has lost all copies. */
  empty(): void {
    this.#copies.clear();
  }

  tenant(change: Partial<DeliveryProfile> = {}): DeliveryProfile {
    const tenant = `tnt_${String(++tenants).padStart(26, "0")}` as const;
    const profile: DeliveryProfile = {
      tenant,
      limits: plans.custom,
      version: 1,
      status: "active",
      settings: defaultSettings,
      signingKeys: [],
      home: null,
      shards: [{ shards: 1, since: 0 }],
      ...change,
    };
    this.set(profile);
    return profile;
  }

  set(profile: DeliveryProfile): void {
    this.#profiles.set(profileKey(profile.tenant), profile);
  }

  /** Its original is gone; what was made of it is not. */
  remove({ tenant }: DeliveryProfile, id: string): void {
    this.#originals.delete(originalKey(tenant, id));
  }

  /** The id of a picture that the tenant has stored. */
  store({ tenant }: DeliveryProfile, digit: string): string {
    const id = originalId(digit.repeat(64));
    this.#originals.add(originalKey(tenant, id));
    return id;
  }

  async get(url: string, headers: Record<string, string> = {}, method = "GET"): Promise<Response> {
    const address = new URL(url, "https://img.example.com");
    const [, tenant = ""] = address.pathname.match(/^\/t\/([^/]+)/) ?? [];
    const call = {
      request: new Request(address, { headers, method }),
      url: address,
      env: this.env,
      ctx: { waitUntil: (work: Promise<unknown>) => void this.background.push(work) },
      timing: new Timing(),
      hits: {
        count: (...[, ledger, bytes, tell]: Parameters<HitCounts["count"]>) => {
          this.hits.push({ ledger, bytes });
          this.tells.push(tell);
        },
      },
      shards: new KnownShards(),
      refusals: new Refusals(),
      healths: new RegionHealths(),
      express: { takes: () => false },
      trace: "0af7651916cd43dd8448eb211c80319c",
    } as unknown as Call;
    const path = address.pathname.slice(`/t/${tenant}`.length);
    const response = await deliver(call, { tenant, path });
    await Promise.all(this.background.splice(0));
    return response;
  }

  /** What the API Worker has bound. */
  get env() {
    const host = async (name: string) => {
      this.operations.push(`ask ${name}`);
      return null;
    };
    return {
      FLEET: oneRegion(),
      IDENTITY: { get: async (key: string) => this.#kept(key) },
      LEDGER: {
        getByName: () => ({
          countHits: this.countHits,
          accept: this.#accept,
          acceptWait: this.#accept,
        }),
      },
      DIRECTORY: { getByName: () => ({ deliveryProfile: this.#decided, host }) },
      PICTURES_LOCAL: this.#bucket,
    };
  }

  readonly #decided = async (tenant: string) => {
    this.operations.push(`ask ${tenant}`);
    return this.decided.get(tenant) ?? null;
  };

  /** From now on the name is this tenant's; null: nobody's. */
  name(name: string, tenant: DeliveryProfile | null, version: number): void {
    const entry = { name, tenant: tenant?.tenant ?? null, version };
    this.#hosts.set(hostKey(name), serializeHost(entry));
  }

  readonly #accept = async (request: AcceptRequest) => {
    this.ordered.push(request);
    const job = { id: request.id, settledAt: this.ending && Date.now(), error: this.ending };
    return { verdict: { ok: true, value: { job, replayed: this.ordered.length > 1 } }, rate: null };
  };

  #kept(key: string): string | null {
    const host = this.#hosts.get(key);
    if (host !== undefined) return host;
    const profile = this.#profiles.get(key);
    return profile ? serializeProfile(profile) : null;
  }

  readonly #bucket = {
    head: async (key: string) => {
      this.operations.push(`head ${key}`);
      if (this.unmade.has(key)) return null;
      if (key.startsWith("renditions/"))
        return { size: key.length, uploaded: this.storedAt, httpEtag: `"${key.slice(-8)}"` };
      return this.#originals.has(key) ? originalObject(key) : null;
    },
    get: async (key: string, { range }: { range?: { offset: number; length: number } } = {}) => {
      this.operations.push(`get ${key}`);
      const [, , hash = ""] = key.split("/");
      if (this.gone.has(hash) || this.unmade.has(key)) return null;
      const whole = new TextEncoder().encode(key);
      const bytes = range ? whole.slice(range.offset, range.offset + range.length) : whole;
      return {
        size: bytes.length,
        uploaded: this.storedAt,
        httpEtag: `"${key.slice(-8)}"`,
        body: new Response(bytes).body,
        arrayBuffer: async () => bytes.buffer,
      };
    },
  };
}

const originalObject = (key: string) => ({
  key,
  size: 1000,
  uploaded: new Date(0),
  customMetadata: { info: serializeInfo(photo) },
});
