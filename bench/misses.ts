import { startService } from "../scripts/local/local-service.ts";
import { localOwner } from "../scripts/local/owner.ts";
import { TenantClient, type Answer } from "../scripts/local/service-client.ts";
import { distinctJpeg } from "../scripts/scene/distinct-jpeg.ts";
import { bareJob, engineOnly } from "./engine-alone.ts";
import { lightFetch } from "./light-fetch.ts";
import { closedLoop } from "./load.ts";
import { benchStateDir, type StateKind } from "./state.ts";

/**
 * All on one thread under `wrangler dev`, or as on the platform: the API with the ledgers, renders, and storage each
 * in a process of its own.
 */
export type Processes = "one" | "apart";

/** What ran in turn. */
export interface Turn {
  readonly perSecond: number;
  /** What it is measured against, in the same round. */
  readonly alone: number;
  readonly latencies: readonly number[];
}

export interface MissTurn extends Turn {
  /** Over a Worker that reads the original, renders, stores the rendition and answers with it. */
  readonly ofBare: number;
}

export const output = "width=1000,format=jpeg";
/** As many as the express lane takes of one tenant at once (`expressJobsMax`). */
export const clients = 12;
export const turnMillis = 3000;

const rendersPerTurn = 120;
/** While the first and the last are made, fewer are under way: a small part of all. */
const missesPerTurn = 192;

/** The service and the engine alone. */
export async function startedIn(processes: Processes, state: StateKind) {
  const bare = processes === "apart" ? { bare: { processes, buckets: "memory" as const } } : {};
  const stateDir = benchStateDir(state);
  const configs = ["bench/engine-worker.toml"];
  const [engine, service] = await Promise.all([
    startService({ ...bare, stateDir: benchStateDir(state), configs }),
    startService({ ...bare, stateDir }),
  ]);
  const admin = await localOwner(stateDir, service.url);
  const limits = { requestsPerSecond: 250, burst: 1000 };
  const newTenant = async () => {
    const id = await admin.createTenant({ name: "Bench", limits });
    return new TenantClient(service.url, await admin.createKey(id, "bench"), lightFetch);
  };
  const stop = () => Promise.all([engine.stop(), service.stop()]);
  return { engine, service, tenant: await newTenant(), newTenant, stop };
}

/** Renditions of stored pictures of which nothing has been made yet, of each tenant's in turn. */
export class Misses {
  readonly #engine: string;
  readonly #tenants: readonly TenantClient[];
  readonly #jpeg: Uint8Array<ArrayBuffer>;
  #number = 1;
  /** All but the one to warm up. */
  readonly turns: MissTurn[] = [];

  constructor(
    { engine }: Pick<Awaited<ReturnType<typeof startedIn>>, "engine">,
    tenants: readonly TenantClient[],
    jpeg: Uint8Array<ArrayBuffer>,
  ) {
    this.#engine = engine.url;
    this.#tenants = tenants;
    this.#jpeg = jpeg;
  }

  async warmUp(): Promise<void> {
    await this.#turn();
  }

  async turn(): Promise<MissTurn> {
    const turn = await this.#turn();
    this.turns.push(turn);
    return turn;
  }

  async #turn(): Promise<MissTurn> {
    const urls = await this.#store(missesPerTurn);
    const alone = await engineOnly(this.#engine, this.#jpeg, output, rendersPerTurn);
    const made = await eachOnce(urls);
    await fetch(`${this.#engine}/source?key=original`, { method: "PUT", body: this.#jpeg });
    const barely = await closedLoop(clients, turnMillis, () =>
      bareJob(this.#engine, output, { source: "original" }),
    );
    return { ...made, alone, ofBare: made.perSecond / barely.perSecond };
  }

  async #store(count: number): Promise<string[]> {
    const urls: string[] = [];
    while (urls.length < count) {
      for (const tenant of this.#tenants) {
        const { url } = await tenant.storeImage(distinctJpeg(this.#jpeg, this.#number++));
        urls.push(url.replace("format=auto", output));
      }
    }
    return urls;
  }
}

async function eachOnce(urls: readonly string[]): Promise<Pick<Turn, "perSecond" | "latencies">> {
  const waiting = [...urls];
  const latencies: number[] = [];
  const started = performance.now();
  const client = async () => {
    for (let url = waiting.pop(); url !== undefined; url = waiting.pop()) {
      const asked = performance.now();
      await fetched(url);
      latencies.push(performance.now() - asked);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return { perSecond: (urls.length * 1000) / (performance.now() - started), latencies };
}

export async function fetched(url: string): Promise<Answer> {
  const answer = await lightFetch(url, {});
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
  return answer;
}
