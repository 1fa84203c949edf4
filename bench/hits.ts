import { startService, type StartOptions } from "../scripts/local/local-service.ts";
import { localOwner } from "../scripts/local/owner.ts";
import { TenantClient } from "../scripts/local/service-client.ts";
import { lightFetch } from "./light-fetch.ts";
import { closedLoop } from "./load.ts";
import { fetched, output, turnMillis, type Turn } from "./misses.ts";
import { benchStateDir, type StateKind } from "./state.ts";

/** Clients that ask for what is there, one request after another. */
const readers = 8;

const get = async (url: string): Promise<void> => void (await fetched(url));

/** Hits of one rendition, in turn with a bare Worker that has its bytes. */
export class Hits {
  readonly #url: string;
  readonly #bare: string;
  readonly stop: () => Promise<unknown>;
  readonly bytes: number;
  readonly turns: Turn[] = [];

  private constructor(url: string, bare: string, bytes: number, stop: () => Promise<unknown>) {
    this.#url = url;
    this.#bare = bare;
    this.bytes = bytes;
    this.stop = stop;
  }

  static async of(
    { tenant }: { readonly tenant: TenantClient },
    jpeg: Uint8Array<ArrayBuffer>,
    state: StateKind,
    runtime: Pick<StartOptions, "bare"> = {},
  ): Promise<Hits> {
    const configs = ["bench/bare-worker.toml"];
    const bare = await startService({ ...runtime, stateDir: benchStateDir(state), configs });
    const { url } = await tenant.storeImage(jpeg);
    const hit = url.replace("format=auto", output);
    const bytes = await (await fetched(hit)).bytes();
    await fetch(`${bare.url}/picture`, { method: "PUT", body: bytes });
    return new Hits(hit, `${bare.url}/picture`, bytes.length, () => bare.stop());
  }

  /** With the simulators of storage and of the location's cache, which keeps copies here. */
  static async inWorkerd(jpeg: Uint8Array<ArrayBuffer>, state: StateKind): Promise<Hits> {
    const runtime = { bare: { processes: "apart" } } as const;
    const stateDir = benchStateDir(state);
    const service = await startService({ ...runtime, stateDir });
    const admin = await localOwner(stateDir, service.url);
    const id = await admin.createTenant({ name: "Bench" });
    const tenant = new TenantClient(service.url, await admin.createKey(id, "bench"), lightFetch);
    const hits = await Hits.of({ tenant }, jpeg, state, runtime);
    const stop = () => Promise.all([hits.stop(), service.stop()]);
    return new Hits(hits.#url, hits.#bare, hits.bytes, stop);
  }

  async turn(): Promise<Turn> {
    const least = await closedLoop(readers, turnMillis, () => get(this.#bare));
    const found = await closedLoop(readers, turnMillis, () => get(this.#url));
    const turn = { ...found, alone: least.perSecond };
    this.turns.push(turn);
    return turn;
  }
}
