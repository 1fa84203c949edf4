import { AsyncLocalStorage } from "node:async_hooks";
import { vi } from "vitest";
import { originalId, originalKey } from "../../../../core/delivery/original.ts";
import { profileKey, serializeProfile } from "../../../../core/delivery/profile.ts";
import { defaultSettings } from "../../../../core/delivery/settings.ts";
import type { Continent } from "../../../../core/fleet/topology.ts";
import { tenantId } from "../../../../core/identity/ids.ts";
import { plans } from "../../../../core/identity/tenant-limits.ts";
import { serializeInfo } from "../../../../core/image/stored-info.ts";
import { engineVersion } from "../../../../core/plan/engine-version.ts";
import type { Ledger } from "../../../../durable-objects/ledger/ledger.ts";
import type worker from "../../../../workers/api/index.ts";
import type { ApiEnv } from "../../../../workers/api/env.ts";
import { consume } from "../../../../workers/consumer/consume.ts";
import type { ExpressAnswer, ExpressAsk, SentFiles } from "../../../../core/job/express-calls.ts";
import { ExpressLane } from "../../../../workers/consumer/express.ts";
import type { ConsumerPorts, JobEngine } from "../../../../workers/consumer/ports.ts";
import { pictureInfo } from "../../../core/image/picture-info.ts";
import { LedgerWorld } from "../../../durable-objects/ledger/ledger-world.ts";
import { oneRegion } from "../../../one-region.ts";
import { Workshop } from "../../consumer/workshop.ts";

let tenants = 0;

/** The copies of the place where the running request is. */
const here = new AsyncLocalStorage<Map<string, Response>>();

type Call = (...given: unknown[]) => unknown;
type Worker = typeof worker;

/** An isolate of the API Worker, and the cache of its location. */
export interface Place {
  readonly worker: Worker;
  readonly copies: Map<string, Response>;
  readonly continent: Continent;
}

/** With a copy of its own of all modules, so that nothing that it remembers is known to another. */
export async function openPlace(continent: Continent): Promise<Place> {
  vi.resetModules();
  const isolate = await import("../../../../workers/api/index.ts");
  return { worker: isolate.default, copies: new Map(), continent };
}

/** One tenant with its ledger, R2, KV and a consumer, for API Workers at several places. */
export class TenantOfPlaces {
  readonly world = new LedgerWorld();
  readonly tenant = tenantId(`01jd3n7q5w8xk2zt4m6r9v${String(++tenants).padStart(4, "0")}`);
  /** How often each call of the ledger was made. */
  readonly asked = new Map<string, number>();
  /** How often the origin of pictures elsewhere was asked. */
  fetches = 0;
  renders = 0;
  /** A render ends when this does. */
  duringRender: () => Promise<void> = async () => undefined;
  /** The binding from the API to the consumer. */
  binding = (ask: ExpressAsk, sent?: SentFiles): Promise<ExpressAnswer> => this.render(ask, sent);
  readonly #lane = new ExpressLane();

  /** From now on the Cache API is that of whichever place asks, and every origin has `picture`. */
  enter(picture: Uint8Array<ArrayBuffer>): this {
    vi.stubGlobal("caches", { open: async () => cacheOver(here.getStore() ?? new Map()) });
    vi.stubGlobal("fetch", async () => {
      this.fetches += 1;
      const headers = { "Content-Type": "image/png", "Content-Length": String(picture.length) };
      return new Response(picture, { headers: { ...headers, "Cache-Control": "max-age=60" } });
    });
    return this;
  }

  /** Asks at a place for one of the tenant's pictures. */
  ask({ worker, copies, continent }: Place, path: string): Promise<Response> {
    const request = new Request(`https://minilab.test/t/${this.tenant}${path}`);
    const near = Object.assign(request, { cf: { continent } }) as never;
    const context = { waitUntil: () => undefined } as unknown as ExecutionContext;
    return here.run(copies, async () => worker.fetch(near, this.#bindings(), context));
  }

  /** The id of a picture that the tenant has stored. */
  async store(bytes: Uint8Array): Promise<string> {
    const id = originalId("5".repeat(64));
    const customMetadata = { info: serializeInfo(pictureInfo({ width: 320, height: 240 })) };
    await this.world.pictures.put(originalKey(this.tenant, id), bytes, { customMetadata });
    return id;
  }

  /** What the consumer does with what comes over the binding. */
  render(ask: ExpressAsk, sent?: SentFiles): Promise<ExpressAnswer> {
    return this.#lane.render(ask, this.#ports, sent);
  }

  /** What it does with the messages of the queue for jobs that are rendered alone. */
  async deliverAlone(): Promise<void> {
    const messages = this.world.solo.sent
      .splice(0)
      .map((job) => new Workshop().message(job, { body: { version: 1, ledger: this.#name, job } }));
    await consume(messages, this.#ports, { alone: true });
  }

  billed(): { readonly jobs: number; readonly renditions: number } {
    const { hours } = this.world.ledger.usage(0, Infinity);
    const sum = (of: "jobsDone" | "outputs") =>
      hours.reduce((before, { totals }) => before + totals[of], 0);
    return { jobs: sum("jobsDone"), renditions: sum("outputs") };
  }

  get #name() {
    return `${this.tenant}/local/0`;
  }

  #bindings(): ApiEnv {
    const profile = serializeProfile({
      tenant: this.tenant,
      limits: plans.custom,
      version: 1,
      status: "active",
      settings: { ...defaultSettings, sources: ["cdn.example.com"] },
      signingKeys: [],
      home: "local",
      shards: [{ shards: 1, since: 0 }],
    });
    const home = { name: "local", continents: ["AF", "AN", "AS", "EU", "OC"], queues: 1 } as const;
    const far = { name: "far", continents: ["NA", "SA"], queues: 1 } as const;
    return {
      FLEET: { ...oneRegion(), regions: [home, far] },
      IDENTITY: { get: async (key: string) => (key === profileKey(this.tenant) ? profile : null) },
      LEDGER: { getByName: (name: string) => this.#ledger(name) },
      PICTURES_LOCAL: this.#bucket,
      // What belongs to one tenant and is asked for by everybody is at that tenant's home alone.
      PICTURES_FAR: {},
      EXPRESS: {
        render: (ask: ExpressAsk) => this.binding(ask),
        renderSent: (ask: ExpressAsk, sent: SentFiles) => this.binding(ask, sent),
      },
      ...{
        ADMIN_TOKEN: "6b1f0c9e74d2a8537be419f0d3c6a2815e9074bd",
        DIRECTORY: {},
        BOOKS: {},
        VERSION: {},
      },
    } as unknown as ApiEnv;
  }

  /** As a binding gives it, and every call is counted. */
  #ledger(name: string): Ledger {
    if (name !== this.#name) throw new Error(`nobody knows ${name}`);
    return new Proxy({} as Ledger, {
      get:
        (_, call: keyof Ledger) =>
        async (...given: unknown[]) => {
          this.asked.set(call, (this.asked.get(call) ?? 0) + 1);
          const { ledger } = this.world;
          // Hits are no part of this ledger's jobs.
          return call in ledger && (ledger[call] as Call).apply(ledger, given);
        },
    });
  }

  /** With what the API reads of an object. */
  readonly #bucket = {
    head: async (key: string) => {
      const found = await this.world.pictures.head(key);
      return found && { ...about(found.bytes), key, customMetadata: found.customMetadata };
    },
    get: async (key: string) => {
      const found = await this.world.pictures.get(key);
      if (!found) return null;
      const bytes = new Uint8Array(await found.arrayBuffer());
      const { body } = new Response(bytes);
      const text = async () => new TextDecoder().decode(bytes);
      return { ...about(bytes), body, text, arrayBuffer: async () => bytes.buffer };
    },
    put: async (...given: Parameters<LedgerWorld["pictures"]["put"]>) => {
      await this.world.pictures.put(...given);
      return about(new Uint8Array());
    },
    delete: async (keys: string | string[]) => this.world.pictures.delete([keys].flat()),
  };

  /** What it makes says of what, and how wide. */
  readonly #engine: JobEngine = {
    render: async (source, transforms) => {
      this.renders += 1;
      await this.duringRender();
      const bytes = new TextEncoder().encode(madeOf(source, transforms[0]?.width));
      const picture = { bytes, width: 4, height: 2, format: "webp" } as const;
      const about = { source: { width: 20, height: 10 } as never, peakWasmBytes: 0 };
      return { ok: true, value: { ...about, renditions: [picture], computeUnits: 1, millis: 1 } };
    },
  };

  readonly #ports = {
    ...(new Workshop().ports satisfies ConsumerPorts),
    ledger: (name: string) => this.#ledger(name) as unknown as ReturnType<ConsumerPorts["ledger"]>,
    engine: this.#engine,
    now: () => this.world.now,
    pictures: {
      get: (key: string) => this.world.pictures.get(key),
      head: (key: string) => this.world.pictures.head(key),
      delete: (keys: string[]) => this.world.pictures.delete(keys),
      put: async (key: string, bytes: Uint8Array) => {
        await this.world.pictures.put(key, bytes);
        return about(bytes);
      },
    },
  };
}

export const madeOf = (source: Uint8Array, width: number | undefined) =>
  `${source.length} bytes at a width of ${width}`;

const about = (bytes: Uint8Array) => ({
  size: bytes.length,
  uploaded: new Date(),
  httpEtag: `"${engineVersion}-${bytes.length}"`,
  version: "1",
});

const cacheOver = (copies: Map<string, Response>) => ({
  match: async (key: string) => copies.get(key)?.clone(),
  put: async (key: string, response: Response) => void copies.set(key, response),
  delete: async (key: string) => copies.delete(key),
});
